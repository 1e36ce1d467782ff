"""Events that can't be handled: they are tried again, finished without a case, or set aside with one alert."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.ids import SubscriptionId
from flows.events.faults import GONE_AFTER, LONGEST, LONGEST_AWAY
from flows.failures import MISSING, Refused, Unavailable
from jobs.drain_inbox import Steadiness
from tests.flows.events.harness import ADMIN, LEASE, OWNER, EventHarness

REFUSED = Refused("Stripe refused to read the subscription", fault="request", code="odd")
GONE = Refused("Stripe refused to read the subscription", fault="request", code=MISSING)
AWAY = Unavailable("Stripe answered 503")


async def test_a_fault_is_set_aside_after_eight_tries(harness: EventHarness) -> None:
    harness.subscribe()
    await harness.receive(harness.stripe.webhooks.held[-1])
    for wait in (10, 60, 180, 300, 300, 300, 300):
        assert await harness.fail(REFUSED) == "later"
        harness.pass_time(timedelta(seconds=wait))
    assert await harness.fail(REFUSED) == "set_aside"


async def test_a_fault_is_set_aside_after_half_an_hour(harness: EventHarness) -> None:
    harness.subscribe()
    await harness.receive(harness.stripe.webhooks.held[-1])
    assert await harness.fail(KeyError("dana@scully-mail.com")) == "later"
    harness.pass_time(LONGEST)
    assert await harness.fail(KeyError("dana@scully-mail.com")) == "set_aside"
    async with harness.store.read() as unit:
        (event,) = await unit.inbox.listed_aside(limit=10)
    assert event.fault == "a fault in the program (KeyError); see the log"
    assert (await harness.aside(), await harness.waiting()) == (1, 0)


async def test_first_waits_grow_quickly(harness: EventHarness) -> None:
    """Four hundred faulty events cost eight hundred calls in their first minute, and fewer afterwards."""
    harness.subscribe()
    await harness.receive(harness.stripe.webhooks.held[-1])
    tries = 0
    for _ in range(59):
        async with harness.store.read() as unit:
            claimable = await unit.inbox.waiting(wall=harness.now())
        if claimable:
            await harness.fail(REFUSED)
            tries += 1
        harness.pass_time(timedelta(seconds=1))
    assert tries == 2


async def test_one_alert_tells_of_many_of_a_kind(harness: EventHarness) -> None:
    for _ in range(3):
        harness.subscribe()
        await harness.receive(harness.stripe.webhooks.held[-1])
    for outcome in ("later", "set_aside"):
        async with harness.store.begin() as unit:
            rows = await unit.inbox.claim(owner=OWNER, wall=harness.now(), lease=LEASE, limit=8)
            await unit.commit()
        for row in rows:
            assert (
                await harness.flows.event_faults.record(row, REFUSED, others_succeed=False, now=harness.now())
                == outcome
            )
        harness.pass_time(LONGEST)
    assert await harness.aside() == 3
    assert [alert.to for alert in await harness.alerts()] == [ADMIN]


async def test_what_is_away_sets_nothing_aside(harness: EventHarness) -> None:
    harness.subscribe()
    await harness.receive(harness.stripe.webhooks.held[-1])
    for _ in range(20):
        assert await harness.fail(AWAY) == "later"
        harness.pass_time(timedelta(minutes=30))
    assert await harness.work() == "done"


async def test_what_stays_away_for_days_is_set_aside(harness: EventHarness) -> None:
    harness.subscribe()
    await harness.receive(harness.stripe.webhooks.held[-1])
    assert await harness.fail(AWAY) == "later"
    harness.pass_time(LONGEST_AWAY)
    assert await harness.fail(AWAY) == "set_aside"


async def test_one_object_that_fails_while_others_succeed_is_set_aside(harness: EventHarness) -> None:
    harness.subscribe()
    await harness.receive(harness.stripe.webhooks.held[-1])
    assert await harness.fail(AWAY, others_succeed=True) == "later"
    harness.pass_time(LONGEST)
    assert await harness.fail(AWAY, others_succeed=True) == "set_aside"


@pytest.mark.parametrize("kind", ["created", "updated", "deleted"])
async def test_an_unknown_object_is_finished_after_ten_minutes(harness: EventHarness, kind: str) -> None:
    subscription = harness.subscribe()
    if kind == "updated":
        harness.stripe.portal_cancel(subscription)
    if kind == "deleted":
        harness.stripe.cancel_now(subscription)
    harness.forget(subscription)
    await harness.receive(harness.stripe.webhooks.held[-1])
    assert await harness.work() == "later"
    harness.pass_time(GONE_AFTER - timedelta(minutes=1))
    assert await harness.work() == "later"
    harness.pass_time(timedelta(minutes=5))
    assert await harness.work() == "gone"
    assert (await harness.aside(), await harness.waiting(), await harness.states(subscription)) == (0, 0, [])


async def test_a_vanished_subscription_that_was_seen_ends_by_its_event(harness: EventHarness) -> None:
    subscription = harness.subscribe()
    await harness.receive(harness.stripe.webhooks.held[-1])
    assert await harness.work() == "done"
    harness.pass_time(timedelta(minutes=1))
    harness.stripe.cancel_now(subscription)
    ended = harness.stripe.webhooks.held[-1]
    del ended["data"]["object"]["created"]
    harness.forget(subscription)
    await harness.receive(ended)
    assert await harness.work() == "later"
    harness.pass_time(GONE_AFTER)
    assert await harness.work() == "trusted"
    assert await harness.states(subscription) == ["ended"]
    assert await harness.waiting() == 0


@pytest.mark.parametrize(
    "odd", [{"created": None}, {"status": None}, {"cancel_at_period_end": None}, {"canceled_at": "now"}]
)
async def test_what_an_event_lacks_is_read_afresh(harness: EventHarness, odd: dict[str, Any]) -> None:
    subscription = harness.subscribe()
    harness.stripe.portal_cancel(subscription, "other", "Too\x00 dear\ud83d for us")
    event = harness.stripe.webhooks.held[-1]
    seen = event["data"]["object"]
    for name, value in odd.items():
        seen[name] = value
    await harness.receive(event)
    assert await harness.work() == "done"
    assert await harness.states(subscription) == ["pending"]
    async with harness.store.read() as unit:
        (case,) = await unit.cases.of_subscription(SubscriptionId(subscription["id"]))
    assert case.episode.cancellation.comment == "Too dear for us"


def test_steadiness_is_lost_in_a_pause() -> None:
    at = datetime.fromisoformat("2026-03-11T10:00:00Z")
    steady = Steadiness()
    assert not steady.has_lasted(LONGEST, at=at)
    for minute in range(0, 33, 3):
        steady.extend(at + timedelta(minutes=minute))
    assert steady.has_lasted(LONGEST, at=at + timedelta(minutes=32))
    assert not steady.has_lasted(LONGEST, at=at + timedelta(minutes=40))
    steady.extend(at + timedelta(minutes=40))
    assert not steady.has_lasted(LONGEST, at=at + timedelta(minutes=41))
