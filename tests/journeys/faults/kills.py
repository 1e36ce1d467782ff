"""Killing the bot at one request, and reading in its database what it left behind."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from typing import get_args

from sqlalchemy import Engine, Executable, RowMapping, column, select, text, update
from sqlalchemy.pool import NullPool

from flows.events.router import EVENT_TYPES
from flows.outbox.message_updates import card_key
from sandbox.faults import Kind, Side
from storage import tables
from storage.database.engine import database, make_engine
from tests.journeys.world import PATIENCE, Json, World, world
from tests.lanes import ROUNDS

ABREAST = 3
"""So many worlds go through their rounds at the same time: mostly they wait for Slack to settle."""
KILLS: tuple[Kind, ...] = tuple(kind for kind in get_args(Kind) if kind.startswith("kill_"))

_SESSIONS = text(
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_type = 'client backend'"
).columns(column("pid"))

Round = Callable[[World, int], Awaitable[str]]
"""One round in a world, by its number there; it says in which state the kill left the outbox."""


async def rounds(directory: Path, what: str, story: Round, **settings: str) -> None:
    """Play a story `ROUNDS` times, and print what each kill left behind and how often."""
    numbers = [len(range(lane, ROUNDS, ABREAST)) for lane in range(ABREAST)]
    for lane in range(ABREAST):
        (directory / str(lane)).mkdir()
    told = await asyncio.gather(
        *(_lane(directory / str(lane), story, count, settings) for lane, count in enumerate(numbers))
    )
    states = Counter(state for lane in told for state in lane)
    assert states.total() == ROUNDS
    lines = [f"{what}: killed {ROUNDS} times; at death:"]
    lines += [f"  {count:3} x {state}" for state, count in states.most_common()]
    print("\n".join(lines))  # noqa: T201  # the soak's figures; pytest shows them


async def _lane(directory: Path, story: Round, count: int, settings: dict[str, str]) -> list[str]:
    if not count:
        return []
    async with world(directory, settings={"REASON_WAIT": "0s"} | settings) as w:
        return [await story(w, number) for number in range(1, count + 1)]


@asynccontextmanager
async def killed(w: World, side: Side, path: str, kind: Kind, *, method: str | None = None) -> AsyncIterator[None]:
    """Have the bot killed at the next such request, which the body brings about; on leaving it is dead."""
    w.sandbox.faults.add(side, path, kind, method=method)
    yield
    await dead(w)


async def dead(w: World) -> None:
    """Wait till the bot is dead, and see that it was killed.

    PostgreSQL still finishes what it had been sent, such as a claim: rows may change until the sessions have ended.
    """
    async with asyncio.timeout(PATIENCE):
        assert await w.bot.ended() == -9
        if w.environment["DATABASE_URL"].startswith("postgresql"):
            while read(w, _SESSIONS):  # noqa: ASYNC110  # the server tells nobody that a session has ended
                await asyncio.sleep(0.02)


def subscriber(w: World, name: str = "Dana Scully") -> Json:
    """Subscribe a new customer to the Pro plan; return the subscription."""
    stripe = w.sandbox.stripe
    customer = w.customer(name, email=f"{name.lower().replace(' ', '.')}@scully-mail.com")
    stripe.cards.attach(customer)
    return stripe.subscribe(customer, stripe.ledger.get("price", "price_SeedProEur"))


def read(w: World, statement: Executable) -> Sequence[RowMapping]:
    """Read the bot's database past the bot."""
    with _engine(w.environment["DATABASE_URL"]).connect() as connection:
        return connection.execute(statement).mappings().all()


@lru_cache(maxsize=8)
def _engine(url: str) -> Engine:
    """Return an engine; it keeps no connection here, but it keeps the statements it has compiled."""
    return make_engine(database(url), pool=NullPool)


def outbox(w: World, kind: str) -> list[RowMapping]:
    """Return all effects of a kind (`show_card`), oldest first."""
    return list(read(w, select(tables.outbox).where(tables.outbox.c.kind == kind).order_by(tables.outbox.c.number)))


def inbox(w: World, subscription: Json) -> list[RowMapping]:
    """Return the stored events of a subscription, oldest first."""
    which = tables.inbox.c.subject == subscription["id"]
    return list(read(w, select(tables.inbox).where(which).order_by(tables.inbox.c.number)))


def card_row(w: World, subscription: Json) -> RowMapping | None:
    """Return the effect that shows the card of a subscription's only case; None where there is no case yet."""
    cases = read(w, select(tables.cases.c.id).where(tables.cases.c.subscription_id == subscription["id"]))
    if not cases:
        return None
    [case] = cases
    [row] = read(w, select(tables.outbox).where(tables.outbox.c.key == card_key(case["id"])))
    return row


def state_of(row: RowMapping | None) -> str:
    """Return in words how far an effect had come."""
    if row is None:
        return "no effect asked for yet"
    return ", ".join(
        (
            row["state"],
            f"shown {row['shown']} of {row['wanted']}",
            "attempt noted" if row["attempt_started_at"] else "no attempt",
            "place known" if row["place_ts"] else "no place",
        )
    )


async def settled(w: World) -> None:
    """Wait till the bot has handled every event and every effect that is due."""
    async with asyncio.timeout(PATIENCE):
        while _open(w):  # noqa: ASYNC110  # another process's database tells nobody that it changed
            await asyncio.sleep(0.05)


async def known(w: World, subscription: Json) -> None:
    """Wait till the bot knows of a subscription, and has handled that."""
    async with asyncio.timeout(PATIENCE):
        while not inbox(w, subscription):  # noqa: ASYNC110  # as above
            await asyncio.sleep(0.05)
    await settled(w)


def _open(w: World) -> bool:
    waiting, due = ["waiting", "running"], w.sandbox.clock.now()
    events = select(tables.inbox.c.id).where(tables.inbox.c.state.in_(waiting))
    effects = select(tables.outbox.c.id).where(tables.outbox.c.state.in_(waiting), tables.outbox.c.due_at <= due)
    return bool(read(w, events) or read(w, effects))


def answered(w: World) -> set[str]:
    """Return the events that the bot reads and whose webhook was answered 200."""
    log = w.sandbox.stripe.webhooks.log
    return {attempt.event["id"] for attempt in log if attempt.status == 200 and attempt.event["type"] in EVENT_TYPES}


def stored(w: World) -> set[str]:
    """Return the events that the bot has stored."""
    return {row["id"] for row in read(w, select(tables.inbox.c.id))}


def let_leases_run_out(w: World) -> None:
    """Spare a test the ninety seconds after which another process may take a dead one's work."""
    engine = _engine(w.environment["DATABASE_URL"])
    past = w.sandbox.clock.now().replace(year=2020)
    with engine.begin() as connection:
        for table in (tables.inbox, tables.outbox):
            connection.execute(update(table).where(table.c.state == "running").values(lease_until=past))
