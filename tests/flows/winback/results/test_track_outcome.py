"""Returns are tracked: why they came back, when they paid, and what counts after 30 and 90 days."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.cancellations.stored_case import Case
from domain.ids import SubscriptionId
from domain.money import Money
from flows.effects import TrackOutcome
from flows.ports.store import OutcomeRow
from sandbox.stripe.ledger import Json
from tests.flows.winback.offers.flows import KINDS
from tests.flows.winback.offers.presses import accept
from tests.flows.winback.offers.winback import Winback

DAY = timedelta(days=1)


@pytest.fixture
def watched(winback: Winback) -> Winback:
    winback.perform(KINDS | {TrackOutcome})
    return winback


async def outcome(winback: Winback, case: Case) -> OutcomeRow | None:
    async with winback.store.read() as unit:
        return await unit.outcomes.get(case.id)


async def known(winback: Winback, case: Case) -> OutcomeRow:
    found = await outcome(winback, case)
    assert found is not None
    return found


async def live(winback: Winback, *, days: int) -> None:
    """Let days pass; what is due on each is done on it."""
    for _ in range(days):
        winback.sandbox.clock.advance(DAY)
        await winback.work()


async def look(winback: Winback, subscription: Json) -> None:
    """Have the subscription seen as it is now, and what follows done."""
    await winback.flows.tracker.refresh(SubscriptionId(subscription["id"]), now=winback.now())
    await winback.work()


async def waits(winback: Winback) -> bool:
    """Return whether another look is asked for."""
    async with winback.store.read() as unit:
        rows = await unit.outbox.listed(states=["waiting"], limit=1_000)
    return any(isinstance(row.effect, TrackOutcome) for row in rows)


def paid(winback: Winback, subscription: Json, *, since: datetime, till: datetime) -> Money:
    """Return what the sandbox's own invoices say was paid within a span."""
    invoices = winback.account.invoices.of(subscription, status="paid")
    within = [
        each["amount_paid"]
        for each in invoices
        if since <= datetime.fromtimestamp(each["status_transitions"]["paid_at"], UTC) <= till
    ]
    return Money(sum(within), "eur")


async def test_an_accepted_offer_counts_payments(watched: Winback) -> None:
    subscription, case = await watched.leaving()
    offer = await watched.sent(case)
    await accept(watched, offer)
    await look(watched, subscription)
    told = await known(watched, case)
    assert (told.how, told.offer_id, told.returned_with) == ("accepted", offer.id, case.subscription_id)
    assert (told.first_paid_at, told.stayed_30, told.kept_30) == (None, None, None)

    await live(watched, days=70)
    told = await known(watched, case)
    assert told.first_paid_at is not None
    first_month = paid(watched, subscription, since=told.returned_at, till=told.first_paid_at + 30 * DAY)
    assert first_month.minor in {3920, 2 * 3920}  # months have 28 to 31 days
    assert (told.stayed_30, told.kept_30, told.stayed_90) == (True, first_month, None)

    await live(watched, days=60)
    told = await known(watched, case)
    assert told.first_paid_at is not None
    quarter = paid(watched, subscription, since=told.returned_at, till=told.first_paid_at + 90 * DAY)
    assert 3 * 3920 <= quarter.minor < 4 * 4900
    assert (told.stayed_90, told.kept_90, told.kept_30) == (True, quarter, first_month)
    assert not await waits(watched)


async def test_an_offer_of_an_earlier_case_brings_nobody_back_again(watched: Winback) -> None:
    subscription, first = await watched.leaving()
    await accept(watched, await watched.sent(first))
    await look(watched, subscription)
    await live(watched, days=20)
    watched.account.portal_cancel(subscription, "unused")
    second = await watched.case(subscription)
    watched.sandbox.clock.advance(DAY)
    watched.account.take_back(subscription)
    await look(watched, subscription)

    told = await known(watched, second)

    assert second.id != first.id
    assert (told.how, told.offer_id) == ("by_themselves", None)
    assert (await known(watched, first)).how == "accepted"


async def test_one_more_check_changes_nothing(watched: Winback) -> None:
    subscription, case = await watched.leaving()
    watched.account.take_back(subscription)
    await look(watched, subscription)
    await live(watched, days=65)
    told = await known(watched, case)
    assert told.stayed_30
    async with watched.store.begin() as unit:
        await unit.outbox.add(TrackOutcome(case.id), due_at=watched.now())
        await unit.commit()
    await watched.work()
    again = await known(watched, case)
    assert (again.first_paid_at, again.kept_30, again.how) == (told.first_paid_at, told.kept_30, told.how)


@pytest.mark.parametrize(("days", "how"), [(13, "after_email"), (15, "by_themselves")])
async def test_a_win_counts_for_14_days_after_an_email(watched: Winback, days: int, how: str) -> None:
    subscription, case = await watched.leaving()
    offer = await watched.sent(case)
    watched.sandbox.clock.advance(days * DAY)
    watched.account.take_back(subscription)
    await look(watched, subscription)
    told = await known(watched, case)
    assert (told.how, told.offer_id) == (how, offer.id if how == "after_email" else None)


async def test_leaving_within_30_days_counts_nothing(watched: Winback) -> None:
    subscription, case = await watched.leaving()
    watched.account.take_back(subscription)
    await look(watched, subscription)
    await live(watched, days=45)  # the first invoice since is paid
    watched.account.portal_cancel(subscription, "unused")
    await look(watched, subscription)
    await live(watched, days=30)
    told = await known(watched, case)
    assert told.first_paid_at is not None
    assert (told.stayed_30, told.kept_30) == (False, Money(0, "eur"))


async def test_leaving_after_30_days_counts_30(watched: Winback) -> None:
    subscription, case = await watched.leaving()
    watched.account.take_back(subscription)
    await look(watched, subscription)
    await live(watched, days=70)
    watched.account.portal_cancel(subscription, "unused")
    await look(watched, subscription)
    await live(watched, days=60)
    told = await known(watched, case)
    assert (told.stayed_30, told.stayed_90, told.kept_90) == (True, False, Money(0, "eur"))
    assert told.kept_30 is not None
    assert told.kept_30.minor >= 4900
    assert not await waits(watched)


async def test_unpaid_returns_are_tracked_to_the_end(watched: Winback) -> None:
    customer = watched.customer()
    subscription = watched.account.subscribe(customer, watched.pro)
    watched.sandbox.clock.advance(DAY)
    watched.account.portal_cancel(subscription, "unused")
    case = await watched.case(subscription)
    watched.account.fail_payments(customer)
    watched.account.take_back(subscription)
    await look(watched, subscription)
    assert await waits(watched)
    await live(watched, days=65)
    told = await known(watched, case)
    assert (told.first_paid_at, told.stayed_30) == (None, None)
    assert not await waits(watched)


async def test_refunds_do_not_count(watched: Winback) -> None:
    subscription, case = await watched.leaving()
    watched.account.take_back(subscription)
    await look(watched, subscription)
    await live(watched, days=45)
    newest = watched.account.invoices.of(subscription, status="paid")[-1]
    watched.account.refund(newest, 900)
    await live(watched, days=17)
    told = await known(watched, case)
    assert told.stayed_30
    assert told.kept_30 is not None
    assert told.kept_30.minor in {4000, 4000 + 4900}


async def test_a_new_subscription_is_tracked_too(watched: Winback) -> None:
    subscription, case = await watched.left()
    again = watched.account.subscribe(watched.account.ledger.get("customer", subscription["customer"]), watched.pro)
    await look(watched, again)
    told = await known(watched, case)
    assert (told.returned_with, told.how) == (again["id"], "by_themselves")
    assert told.first_paid_at is not None
    await live(watched, days=31)
    assert (await known(watched, case)).stayed_30


async def test_without_a_return_there_is_no_outcome(watched: Winback) -> None:
    _, case = await watched.left()
    async with watched.store.begin() as unit:
        await unit.outbox.add(TrackOutcome(case.id), due_at=watched.now())
        await unit.commit()
    await watched.work()
    assert await outcome(watched, case) is None
