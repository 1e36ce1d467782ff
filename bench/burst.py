"""A burst: many customers cancel at once. The seconds until all are visible, and until their answers are in the rows.

`BURST=10000 python -m bench burst` takes a larger one.
"""

import os
import time
from collections.abc import Callable
from datetime import timedelta

from bench.events import Bench, is_request
from bench.live import Running, sandboxed
from sandbox.slack.messages import Message
from sandbox.slack.seed import CANCELLATIONS

MANY = int(os.environ.get("BURST", "1000"))
ANSWERED = 5  # every fifth answers Stripe's survey while the others are still on their way
STRIPE_TAKES = timedelta(milliseconds=100)
CALLS_PER_SECOND = "100"
PATIENCE = 1800.0  # seconds


async def main() -> None:
    print(f"Burst: {MANY} cancellations at once, Stripe taking 100 ms, {CALLS_PER_SECOND} calls a second, SQLite")
    async with sandboxed() as running:
        running.environment["STRIPE_CALLS_PER_SECOND"] = CALLS_PER_SECOND
        stripe = running.sandbox.stripe
        stripe.webhooks.mode = "held"
        bench = Bench(running)
        theirs = bench.subscribe(MANY)
        await running.bot.start()
        running.sandbox.faults.add("stripe", "/v1/events", "status", status=503, times=None)
        stripe.latency = STRIPE_TAKES
        stripe.webhooks.held.clear()
        for subscription in theirs:
            stripe.request_cancellation(subscription)
        began = time.perf_counter()
        await bench.take_in([event for event in stripe.webhooks.held if is_request(event)])
        await seen(running, lambda: len(lines(running)) >= MANY // 2)
        stripe.webhooks.held.clear()
        for subscription in theirs[::ANSWERED]:
            stripe.answer_survey(subscription, "too_complex")
        await bench.take_in(stripe.webhooks.held)
        await seen(running, lambda: len(lines(running)) >= MANY)
        visible = time.perf_counter() - began
        messages = len(running.sandbox.slack.messages(CANCELLATIONS))
        print(f"  {'all visible after':48} {visible:7.1f} s, in {messages} messages")
        await seen(running, lambda: sum("oo complex" in line for line in lines(running)) >= len(theirs[::ANSWERED]))
        print(f"  {'all answers in the rows after':48} {time.perf_counter() - began - visible:7.1f} s more")
        stripe.latency = timedelta()
        await bench.close()


async def seen(running: Running, what: Callable[[], bool]) -> None:
    await running.sandbox.slack.wait_for(what, PATIENCE)


def lines(running: Running) -> list[str]:
    """Return what the channel says of each customer: the rows of batches, and the cards of the others."""
    messages = running.sandbox.slack.messages(CANCELLATIONS)
    return [line for message in messages for line in (rows(message) or [str(message.blocks)])]


def rows(message: Message) -> list[str]:
    lists = (part for block in message.blocks for part in block.get("elements", []))
    return [str(row) for part in lists if part.get("type") == "rich_text_list" for row in part["elements"]]
