"""The first messages are posted once, and say who left before the first start without storing it."""

import pytest

from domain.ids import SubscriptionId
from domain.money import Money
from flows.cancellations.track_case import FIRST_START
from flows.effects import PostManagersWelcome, PostSample, PostWelcome
from flows.events.welcome import SampleComes
from flows.people.staff_permissions import PermissionDenied
from tests.flows.winback.harness import ADA, DAY, MONA, ProposalHarness


@pytest.fixture
def harness(harness: ProposalHarness) -> ProposalHarness:
    harness.kinds |= {PostWelcome, PostManagersWelcome, PostSample}
    harness.build(harness.flows.context)
    return harness


async def start(harness: ProposalHarness) -> None:
    """Start the bot: for the first time, or again."""
    await harness.flows.event_poller.begin(now=harness.now())
    await harness.flows.welcome.begin(harness.now())
    await harness.work()


def cancel(harness: ProposalHarness, feedback: str | None) -> SubscriptionId:
    subscription = harness.account.subscribe(harness.customer(), harness.price(4900))
    harness.pass_time(DAY)
    harness.account.portal_cancel(subscription, feedback)
    return SubscriptionId(subscription["id"])


async def test_who_left_before_is_told_once(harness: ProposalHarness) -> None:
    before = await first(harness)
    left = cancel(harness, "too_expensive")
    cancel(harness, None)
    taken_back = harness.account.subscribe(harness.customer(), harness.price(4900))
    harness.account.portal_cancel(taken_back, "unused")
    harness.account.take_back(taken_back)
    harness.pass_time(DAY)

    await start(harness)
    await start(harness)

    (earlier,) = harness.board.welcomes
    assert earlier.left == before + 2
    assert dict(earlier.reasons)["too_expensive"] >= 1
    assert sum(each.minor for each in earlier.lost if each.currency == "eur") >= Money(9800, "eur").minor
    assert len(harness.board.alerts) == 1
    async with harness.store.read() as unit:
        assert await unit.cases.of_subscription(left) == []


async def first(harness: ProposalHarness) -> int:
    """Return who left in the account's past, before this test."""
    return (await harness.flows.welcome.earlier(harness.now() + 2 * DAY)).left


async def test_an_update_is_no_first_start(harness: ProposalHarness) -> None:
    async with harness.store.begin() as unit:
        await unit.checkpoints.set_once(FIRST_START, harness.now() - DAY)
        await unit.commit()

    await start(harness)

    assert harness.board.welcomes == []


async def test_only_admins_have_a_sample_posted(harness: ProposalHarness) -> None:
    assert isinstance(await harness.flows.welcome.sample(requester=MONA, now=harness.now()), PermissionDenied)
    assert isinstance(await harness.flows.welcome.sample(requester=ADA, now=harness.now()), SampleComes)
    await harness.work()

    assert harness.board.samples == 1
    assert (await harness.flows.digests.show(requester=MONA, now=harness.now())).is_empty  # type: ignore[union-attr]
