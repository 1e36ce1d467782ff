"""An offer that would cost more than was approved is not redeemed by itself; a new proposal has the new figure."""

from datetime import timedelta

import pytest

from domain.money import Money
from domain.winback.decision import DecisionReason
from domain.winback.offer import FreeMonths, Offer, Pause, SwitchPlan
from domain.winback.proposal import COSTS_MORE
from flows.effects import AlertFailedOffer
from flows.winback.offers.answers import Accepted, PageClosed
from flows.winback.policy.budgets import month_scope
from tests.flows.winback.offers.flows import TWENTY
from tests.flows.winback.offers.people import MANAGER
from tests.flows.winback.offers.presses import accept, page, pending, posts
from tests.flows.winback.offers.winback import Winback, interrupted


@pytest.mark.parametrize("offer", [TWENTY, Pause(months=2), SwitchPlan(price_id=None)], ids=["off", "pause", "switch"])
async def test_more_seats_are_looked_at_first(winback: Winback, offer: Offer) -> None:
    subscription, case = await winback.leaving()
    sent = await winback.sent(case, offer)
    shown = await page(winback, sent)

    winback.set_seats(subscription, 50)
    asked = posts(winback)
    answer = await winback.offers.acceptance.accept(winback.token(sent), agreed=shown.agreed, now=winback.now())

    assert answer == PageClosed(why="costs_more")
    await winback.work()
    assert (asked, pending(subscription)) == ([], True)
    revised = await winback.offer(sent)
    assert (revised.state, revised.why, revised.reserved) == ("over", COSTS_MORE, ())
    anew = await winback.open_proposal(case)
    assert anew is not None
    assert anew.draft.terms.charge == Money(50 * sent.terms.charge.minor, "eur")
    assert anew.draft.terms.seats == 50
    assert anew.reasons == (DecisionReason(what="costs_more", detail=f"{sent.terms.charge.minor} eur"),)


async def test_looking_is_enough_and_proposes_once(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    sent = await winback.sent(case)
    winback.set_seats(subscription, 2)

    for _ in range(3):
        answer = await winback.offers.acceptance.look(winback.token(sent), now=winback.now())
        assert answer == PageClosed(why="costs_more")
        await winback.work()

    async with winback.store.read() as unit:
        proposals = await unit.proposals.of_case(case.id)
    assert sorted(each.state for each in proposals) == ["approved", "open"]
    assert await winback.spent(month_scope(winback.policy, winback.now())) == 0


async def test_staff_are_told_if_it_can_not_be_proposed_anew(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    sent = await winback.sent(case)
    winback.set_seats(subscription, 2)
    await winback.limit(invoices=2)

    await winback.offers.acceptance.look(winback.token(sent), now=winback.now())
    done = dict(await winback.work())

    assert await winback.open_proposal(case) is None
    assert any(isinstance(effect, AlertFailedOffer) and outcome.what == "done" for effect, outcome in done.items())


async def test_the_new_figure_can_be_approved_and_accepted(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    sent = await winback.sent(case)
    winback.set_seats(subscription, 2)
    await winback.offers.acceptance.look(winback.token(sent), now=winback.now())
    await winback.work()
    anew = await winback.open_proposal(case)
    assert anew is not None

    answer = await winback.flows.approvals.approve(
        requester=MANAGER, proposal_id=anew.id, version=anew.version, now=winback.now()
    )
    assert type(answer).__name__ == "Approved", answer
    await winback.work()
    async with winback.store.read() as unit:
        row = await unit.offers.by_proposal(anew.id)
    assert row is not None
    assert isinstance(await accept(winback, row), Accepted)
    assert not pending(subscription)


async def test_seats_added_after_the_page_was_checked_are_seen_too(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    sent = await winback.sent(case)
    shown = await page(winback, sent)

    async def meanwhile() -> None:
        winback.set_seats(subscription, 50)

    asked = posts(winback)
    answer = await interrupted(winback, meanwhile).accept(winback.token(sent), agreed=shown.agreed, now=winback.now())

    assert answer == PageClosed(why="costs_more")
    assert (asked, pending(subscription)) == ([], True)
    await winback.work()
    assert await winback.open_proposal(case) is not None


async def test_fewer_seats_are_accepted_and_the_budget_holds_the_true_cost(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    winback.set_seats(subscription, 3)
    sent = await winback.sent(case)
    scope = month_scope(winback.policy, winback.now())
    assert await winback.spent(scope) == 3 * 2940
    winback.set_seats(subscription, 2)

    assert isinstance(await accept(winback, sent), Accepted)

    accepted = await winback.offer(sent)
    assert (accepted.charged, accepted.terms.cost) == (Money(2 * 2940, "eur"), Money(3 * 2940, "eur"))
    assert await winback.spent(scope) == 2 * 2940


async def test_an_undone_offer_gives_its_budget_back(winback: Winback) -> None:
    _, case = await winback.leaving()
    sent = await winback.sent(case)
    await accept(winback, sent)
    await winback.work()

    await winback.offers.undoing.undo(winback.token(sent, "undo"), now=winback.now())

    assert (await winback.offer(sent)).state == "undone"
    assert await winback.spent(month_scope(winback.policy, winback.now())) == 0


async def test_a_weekly_plan_is_never_redeemed_above_its_most(winback: Winback) -> None:
    """A free month of a weekly plan, accepted on each day of its lifetime."""
    weekly = winback.account.catalog.add_price(
        winback.account.ledger.get("product", winback.pro["product"]), 4900, "eur", interval="week"
    )
    subscription = winback.account.subscribe(winback.customer(), weekly)
    winback.sandbox.clock.advance(timedelta(days=1))
    winback.account.cancel_now(subscription)
    case = await winback.case(subscription)
    sent = await winback.sent(case, FreeMonths(months=1))
    assert sent.terms.cost == Money(5 * 4900, "eur")
    while winback.now() < sent.expires_at:
        shown = await page(winback, sent)
        assert shown.terms.accepted_charge.minor <= sent.terms.cost.minor
        winback.sandbox.clock.advance(timedelta(days=1))
