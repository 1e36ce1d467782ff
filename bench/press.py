"""How long it takes until a pressed card is redrawn while many new cards wait for the same channel."""

import asyncio
import json
import os
import time

from bench.databases import DATABASES
from bench.live import Running, sandboxed
from bench.table import TABLE
from sandbox.slack.messages import Message
from sandbox.slack.seed import CANCELLATIONS

QUEUED = int(os.environ.get("QUEUED", "60"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))
PATIENCE = 300.0  # seconds


class Subscribers:
    """Customers who cancel, each with a name of their own."""

    def __init__(self, running: Running) -> None:
        self._stripe = running.sandbox.stripe
        self._price = self._stripe.ledger.get("price", "price_SeedProEur")
        self._count = 0

    def leave(self) -> str:
        """Have one more cancel; return their name."""
        self._count += 1
        name = f"Customer Number {self._count}."
        customer = self._stripe.create_customer(name=name, email=f"customer{self._count}@bench-mail.com")
        self._stripe.cards.attach(customer)
        self._stripe.portal_cancel(self._stripe.subscribe(customer, self._price), "unused")
        return name


def said(message: Message) -> str:
    return json.dumps([message.text, message.blocks])


async def redrawn(running: Running, subscribers: Subscribers) -> float:
    """Return the seconds from a press till its card has changed, with many more queued."""
    slack = running.sandbox.slack
    name = subscribers.leave()

    def cards() -> list[Message]:
        return [each for each in slack.messages(CANCELLATIONS) if name in said(each)]

    await slack.wait_for(cards, timeout=PATIENCE)
    await _quiet(running)
    [card] = cards()
    for _ in range(QUEUED):
        subscribers.leave()
    await slack.wait_for(lambda: slack.messages(CANCELLATIONS)[-1].ts != card.ts, timeout=PATIENCE)
    before, began = said(cards()[0]), time.perf_counter()
    await slack.choose("agent", card, "card_more", "I'll talk to them")
    await slack.wait_for(lambda: said(cards()[0]) != before, timeout=PATIENCE)
    took = time.perf_counter() - began
    await _quiet(running)
    return took


async def _quiet(running: Running) -> None:
    """Wait till nothing is left to do; whoever does it is another process."""
    calm = 0
    while calm < 3:
        backlog = [await running.figure(f'winback_backlog{{queue="{queue}"}}') for queue in ("inbox", "outbox")]
        calm = 0 if any(backlog) else calm + 1
        await asyncio.sleep(0.3)


async def main() -> None:
    print(f"Press: a card with {QUEUED} more queued for its channel, {ROUNDS} rounds")
    for name, urls in DATABASES.items():
        with urls() as fresh:
            async with sandboxed(next(fresh)) as running:
                await running.bot.start()
                subscribers = Subscribers(running)
                took = [await redrawn(running, subscribers) for _ in range(ROUNDS)]
        TABLE.add(f"{name}: a pressed card is redrawn, {QUEUED} more queued", took, "s", digits=2)
