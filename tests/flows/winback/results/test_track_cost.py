"""What grows after acceptance is charged to the budget, and shown on the card if it is more than was approved."""

from datetime import timedelta

import pytest

from domain.money import Money
from domain.winback.offer import DiscountOffer, Offer, Pause, SwitchPlan
from domain.winback.proposal import OfferRow
from domain.winback.status import status_of
from flows.effects import TrackCost
from flows.winback.policy.budgets import month_scope
from sandbox.stripe.ledger import Json
from tests.flows.winback.offers.flows import KINDS, TWENTY
from tests.flows.winback.offers.presses import accept
from tests.flows.winback.offers.winback import Winback


@pytest.fixture
def tracked(winback: Winback) -> Winback:
    winback.perform(KINDS | {TrackCost})
    return winback


async def accepted(winback: Winback, offer: Offer) -> tuple[Json, OfferRow]:
    subscription, case = await winback.leaving()
    sent = await winback.sent(case, offer)
    await accept(winback, sent)
    await winback.work()
    return subscription, await winback.offer(sent)


async def months_pass(winback: Winback, months: int) -> None:
    """Let invoices be paid, and the bot look after each."""
    for _ in range(months * 31):
        winback.sandbox.clock.advance(timedelta(days=1))
        await winback.work()


async def test_seats_added_later_are_charged_and_told(tracked: Winback) -> None:
    subscription, offer = await accepted(tracked, TWENTY)
    first = month_scope(tracked.policy, tracked.now())
    assert (offer.charged, await tracked.spent(first)) == (Money(2940, "eur"), 2940)
    await months_pass(tracked, 1)
    once = await tracked.offer(offer)
    assert (once.charged, once.given) == (Money(2940, "eur"), Money(980, "eur"))

    tracked.set_seats(subscription, 3)
    second = month_scope(tracked.policy, tracked.now())
    await months_pass(tracked, 2)

    grown = await tracked.offer(offer)
    # one invoice at one seat, two at three
    assert grown.charged == Money(980 + 2 * 3 * 980, "eur")
    status = status_of(await tracked.proposal(offer), grown)
    assert status.grown_to == status.at_most == Money(6860, "eur")
    assert status.given == Money(6860, "eur")
    assert await tracked.spent(first) == 2940
    assert second != first
    history = [action for _, action, _ in await tracked.record(offer)]
    assert history.count("offer_cost") == 1


async def test_nothing_grows_where_nothing_changes(tracked: Winback) -> None:
    _, offer = await accepted(tracked, DiscountOffer(percent=TWENTY.percent, amount=None, invoices=1))

    await months_pass(tracked, 2)

    same = await tracked.offer(offer)
    assert (same.charged, status_of(await tracked.proposal(offer), same).grown_to) == (Money(980, "eur"), None)
    assert same.given == Money(980, "eur")
    assert "offer_cost" not in [action for _, action, _ in await tracked.record(offer)]


@pytest.mark.parametrize("offer", [Pause(months=2), SwitchPlan(price_id=None)], ids=["pause", "switch"])
async def test_what_is_given_up_grows_with_the_seats(tracked: Winback, offer: Offer) -> None:
    subscription, row = await accepted(tracked, offer)

    tracked.set_seats(subscription, 2)
    await months_pass(tracked, 1)

    grown = await tracked.offer(row)
    assert grown.charged == Money(2 * row.terms.charge.minor, "eur")
    assert grown.given is None  # no coupon, so nothing is given on an invoice
