"""How many waiting events workers claim a second from PostgreSQL, in sets as the bot's worker takes them."""

import asyncio
import statistics
import time
from datetime import UTC, datetime
from uuid import uuid4

from bench.databases import postgres_urls
from domain.ids import EventId
from domain.keyring import Keyring
from flows.ports import StripeEvent
from jobs.drain_inbox import SET
from jobs.worker import LEASES
from storage.database import migrate
from storage.store import SqlStore

EVENTS = 4_000
WORKERS = 4
ROUNDS = 3
AT_ONCE = 500


async def fill(store: SqlStore) -> None:
    """Store events that wait, each about another subscription."""
    now = datetime.now(UTC)
    events = [
        StripeEvent(
            id=EventId(f"evt_{number}"),
            type="customer.subscription.updated",
            livemode=False,
            created_at=now,
            payload="{}",
            subject=f"sub_{number}",
            accounts=frozenset(),
            routine=False,
        )
        for number in range(EVENTS)
    ]
    for begin in range(0, EVENTS, AT_ONCE):
        async with store.begin() as unit:
            await unit.inbox.add(events[begin : begin + AT_ONCE], received_at=now)
            await unit.commit()


async def claim_all(store: SqlStore) -> int:
    owner, claimed = uuid4(), 0
    while True:
        async with store.begin() as unit:
            rows = await unit.inbox.claim(owner=owner, wall=datetime.now(UTC), lease=LEASES.calls, limit=SET)
            await unit.commit()
        if not rows:
            return claimed
        claimed += len(rows)


async def main() -> None:
    rates = []
    with postgres_urls() as fresh:
        for _ in range(ROUNDS):
            url = next(fresh)
            await asyncio.to_thread(migrate.upgrade, url)
            store = SqlStore(url, keyring=Keyring(["a secret key that the bench does not use"]), new_id=uuid4)
            await fill(store)
            began = time.perf_counter()
            claimed = await asyncio.gather(*(claim_all(store) for _ in range(WORKERS)))
            rates.append(sum(claimed) / (time.perf_counter() - began))
            assert sum(claimed) == EVENTS
            await store.close()
    print(f"Claims: {EVENTS} events, {WORKERS} workers, PostgreSQL, the median of {ROUNDS}")
    print(f"  in sets of {SET:3} {statistics.median(rates):8.0f}/s ({min(rates):.0f}–{max(rates):.0f})")
