"""Stripe's limit on calls a second: it is kept, what somebody waits for goes first, and a 429 stops everybody."""

import asyncio
from collections.abc import Sequence

from billing.call_limit import FIRST_REST, KEPT_FREE, SPAN, CallLimit
from domain.ids import CustomerId
from flows.effects import Priority, at_priority
from flows.failures import Unavailable
from sandbox.server import Sandbox
from tests.builders.stripe import stripe_billing

SOON, LATER, NEW, WAITED_FOR = Priority.SOON, Priority.LATER, Priority.NEW_CARD, Priority.WAITED_FOR


async def begin(limit: CallLimit, priorities: Sequence[Priority]) -> list[tuple[Priority, float]]:
    """Ask for turns, all at once; return who got one and when, in that order."""
    begun: list[tuple[Priority, float]] = []

    async def call(priority: Priority) -> None:
        with at_priority(priority):
            begun.append((priority, await limit.turn()))

    await asyncio.gather(*(call(each) for each in priorities))
    return begun


async def test_most_urgent_call_begins_first() -> None:
    limit = CallLimit(KEPT_FREE)
    await begin(limit, [WAITED_FOR] * KEPT_FREE)
    begun = await begin(limit, [LATER, SOON, NEW, WAITED_FOR])
    assert [priority for priority, _ in begun] == [WAITED_FOR, NEW, SOON, LATER]


async def test_no_second_has_more_calls_than_allowed() -> None:
    begun = [at for _, at in await begin(CallLimit(10), [WAITED_FOR, LATER] * 10)]
    assert all(later - earlier > SPAN - 1e-6 for earlier, later in zip(begun, begun[10:], strict=False))


async def test_some_calls_are_kept_for_who_waits() -> None:
    limit = CallLimit(2 * KEPT_FREE)
    later = asyncio.create_task(begin(limit, [LATER] * 2 * KEPT_FREE))
    await asyncio.sleep(0)
    [(_, at)] = await begin(limit, [WAITED_FOR])
    others = [when for _, when in await later]
    assert len([when for when in others if when <= at]) == 2 * KEPT_FREE - 2


async def test_a_turn_that_nobody_wants_any_more_is_passed_on() -> None:
    limit = CallLimit(1)
    await limit.turn()
    gone = asyncio.create_task(limit.turn())
    await asyncio.sleep(0)
    gone.cancel()
    await limit.turn()
    assert gone.cancelled()


async def test_all_calls_rest_together_after_429s(sandbox: Sandbox) -> None:
    billing, loop = stripe_billing(sandbox), asyncio.get_running_loop()
    dana = CustomerId("cus_SeedDana")
    calls: list[float] = []
    sandbox.stripe.observers.append(lambda *_: calls.append(loop.time()))
    fault = sandbox.faults.add("stripe", "/v1/customers/{id}", "status", status=429, times=3)
    limited = await asyncio.gather(*(billing.read_customer(dana) for _ in range(3)), return_exceptions=True)
    limited_at = loop.time()
    assert all(isinstance(each, Unavailable) for each in limited)
    assert fault.hits == 3
    calls.clear()
    await asyncio.gather(*(billing.subscriptions_of(dana) for _ in range(3)))
    assert min(calls) - limited_at >= FIRST_REST * 0.8
    await billing.close()
