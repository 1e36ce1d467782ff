"""What the running bot takes to handle waiting renewals and cancellations, with Stripe quick and slow, in turns."""

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4

from bench.databases import DATABASES
from bench.live import Running, sandboxed
from bench.table import TABLE
from billing.webhook import StripeWebhooks
from domain.keyring import Keyring
from sandbox.stripe.ledger import Json
from sandbox.stripe.webhooks import as_json, sign
from storage.store import SqlStore

LATENCIES = (0, 100, 300)  # milliseconds
ROUNDS = int(os.environ.get("ROUNDS", "5"))
SUBSCRIPTIONS = 50
RENEWALS = int(os.environ.get("RENEWALS", "2000"))
CANCELLATIONS = int(os.environ.get("CANCELLATIONS", "20"))
SECRET = "whsec_of_the_bench"
_numbers = count()


@dataclass(frozen=True)
class Figures:
    rate: float  # a second
    cpu: float  # milliseconds of the bot, an event
    calls: float  # to Stripe, an event


class Bench:
    """A bot into whose inbox events are put all at once; it finds them within a second."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._stripe = running.sandbox.stripe
        self._store = SqlStore(
            running.environment["DATABASE_URL"], keyring=Keyring(["a secret key of the bench's own"]), new_id=uuid4
        )
        self._calls = 0
        self._stripe.observers.append(self._count)
        self._price = self._stripe.ledger.get("price", "price_SeedProEur")

    def _count(self, *_: object) -> None:
        self._calls += 1

    def subscribe(self, how_many: int) -> Sequence[Json]:
        made = []
        for _ in range(how_many):
            number = next(_numbers)
            customer = self._stripe.create_customer(name=f"C {number}", email=f"customer{number}@bench-mail.com")
            self._stripe.cards.attach(customer)
            made.append(self._stripe.subscribe(customer, self._price))
        return made

    async def work_off(self, events: Sequence[Json]) -> Figures:
        """Put events into the inbox, and measure until the last of them is handled."""
        before, calls = await self._running.figure("process_cpu_seconds_total"), self._calls
        await self.take_in(events)
        began = time.perf_counter()
        await self.idle()
        took = time.perf_counter() - began
        cpu = await self._running.figure("process_cpu_seconds_total") - before
        return Figures(rate=len(events) / took, cpu=cpu / len(events) * 1e3, calls=(self._calls - calls) / len(events))

    async def take_in(self, events: Sequence[Json]) -> None:
        """Put events into the inbox, all at once."""
        webhooks, now = StripeWebhooks(secrets=[SECRET]), datetime.now(UTC)
        signed = [(body, sign(body, SECRET, int(now.timestamp()))) for body in map(as_json, events)]
        async with self._store.begin() as unit:
            stored = [webhooks.verify(body, signature, wall=now) for body, signature in signed]
            assert await unit.inbox.add(stored, received_at=now) == len(events)
            await unit.commit()

    async def idle(self) -> None:
        """Wait until nothing waits in the inbox any more; whoever works it off is another process."""
        while True:
            async with self._store.read() as unit:
                if not await unit.inbox.backlog():
                    return
            await asyncio.sleep(0.02)

    async def close(self) -> None:
        await self._store.close()


def copies(events: Sequence[Json], how_many: int) -> list[Json]:
    """Return so many events like these, each with an id of its own."""
    return [events[number % len(events)] | {"id": f"evt_{uuid4().hex}"} for number in range(how_many)]


async def main() -> None:
    print(f"Events: {RENEWALS} renewals or {CANCELLATIONS} cancellations that wait, {ROUNDS} rounds in turns")
    for name, urls in DATABASES.items():
        with urls() as fresh:
            async with sandboxed(next(fresh)) as running:
                for what, rounds in (await measure(running)).items():
                    TABLE.add(f"{name}: {what}", [each.rate for each in rounds], "a second", digits=0)
                    TABLE.add(f"{name}: {what}, CPU of one", [each.cpu for each in rounds], "ms", digits=2)
                    TABLE.add(f"{name}: {what}, calls to Stripe for one", [each.calls for each in rounds], "calls")


async def measure(running: Running) -> dict[str, list[Figures]]:
    await running.bot.start()
    bench = Bench(running)
    stripe = running.sandbox.stripe
    known = bench.subscribe(SUBSCRIPTIONS)
    await stripe.webhooks.settled()
    await bench.idle()
    stripe.webhooks.mode = "held"
    running.sandbox.faults.add("stripe", "/v1/events", "status", status=503, times=None)
    running.sandbox.clock.advance(timedelta(days=31))
    ids = {each["id"] for each in known}
    renewals = [event for event in stripe.webhooks.held if event["data"]["object"]["id"] in ids]
    found: dict[str, list[Figures]] = {}
    for _ in range(ROUNDS):
        for latency in LATENCIES:
            stripe.latency = timedelta(milliseconds=latency)
            figures = await bench.work_off(copies(renewals, RENEWALS))
            found.setdefault(f"renewals, Stripe taking {latency} ms", []).append(figures)
    for _ in range(ROUNDS):  # after them: what follows from a cancellation goes on when its event is done
        for latency in LATENCIES:
            stripe.latency = timedelta(milliseconds=latency)
            stripe.webhooks.held.clear()
            for subscription in bench.subscribe(CANCELLATIONS):
                stripe.request_cancellation(subscription)
            asked = [each for each in stripe.webhooks.held if is_request(each)]
            assert len(asked) == CANCELLATIONS
            figures = await bench.work_off(asked)
            found.setdefault(f"cancellations, Stripe taking {latency} ms", []).append(figures)
    await bench.close()
    return found


def is_request(event: Json) -> bool:
    return "cancel_at" in event["data"].get("previous_attributes", {})
