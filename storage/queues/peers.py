"""What the processes on one PostgreSQL database tell one another, and which of them posts to Slack.

Each process keeps one connection of its own for both. An example, with A and B:

1. A holds the advisory lock, so A alone runs the lane `slack`. B tries the lock every second.
2. A is killed: PostgreSQL ends its session and frees the lock. A is stopped, or its network is gone: A's session has
   been silent for `idle`, and PostgreSQL ends it. A itself stopped counting on the lock before that.
3. B gets the lock. It frees the effects that A had claimed and not begun, waits as long as Slack wants between two
   messages, and goes on. What A had begun is left until A's lease runs out, and is then looked up.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage import tables
from storage.database.sql_helpers import RUNNING, is_open
from storage.queues.announcements import Announcements

if TYPE_CHECKING:
    from psycopg import AsyncConnection as Driver

CHANNEL = "winback"
LONGEST_BEAT = timedelta(seconds=1)
PACE = timedelta(seconds=1)
"""Slack: "Rate limits": about one message a second and channel, whichever process sends it."""
ANSWERS_WITHIN = timedelta(seconds=5)
TOLD_EVERY = timedelta(milliseconds=20)
"""A busy process tells the others fifty times a second at most, and each time all that is new."""

log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class Peers:
    """This process among those on the same database: `standing` makes its own connection, `engine` those of the pool.

    `lease` is the shortest for which work is claimed: a process that is silent loses the lock sooner.
    """

    standing: AsyncEngine
    engine: AsyncEngine
    announcements: Announcements
    _me: str = field(default_factory=lambda: uuid4().hex)
    _locked_at: float | None = None
    _answered_at: float = float("-inf")
    _trusted_for: float = 0.0

    def leads(self) -> bool:
        """Return whether this process is the one that posts, as far as it can know at this moment."""
        if self._locked_at is None:
            return False
        now = monotonic()
        return now - self._locked_at > PACE.total_seconds() and now - self._answered_at < self._trusted_for

    @asynccontextmanager
    async def at_work(self, *, owner: UUID, lease: timedelta, posts: bool) -> AsyncIterator[None]:
        """Stay in touch while the body runs; `posts`: be the one that posts when no other process is."""
        self._trusted_for = 0.4 * lease.total_seconds()
        tasks = [asyncio.create_task(self._stay(owner, lease, posts=posts)), asyncio.create_task(self._tell())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await asyncio.gather(*tasks, return_exceptions=True)

    async def _stay(self, owner: UUID, lease: timedelta, *, posts: bool) -> None:
        from psycopg import Error  # noqa: PLC0415  # slow to import, and useless on SQLite

        while True:
            try:
                async with self.standing.connect() as session:
                    await self._keep(session, owner, lease, posts=posts)
            except (SQLAlchemyError, Error, OSError) as fault:
                log.warning("peers_out_of_touch", fault=type(fault).__name__)
            finally:
                self._locked_at = None
            await asyncio.sleep(_beat(lease))

    async def _keep(self, session: AsyncConnection, owner: UUID, lease: timedelta, *, posts: bool) -> None:
        """Listen, and try for the lock or see that the session is alive, until the connection breaks."""
        driver: Driver = (await session.get_raw_connection()).driver_connection  # type: ignore[assignment]  # psycopg's
        idle = round(0.6 * lease.total_seconds() * 1000)  # ms: longer than a lock is trusted, shorter than a lease
        async with asyncio.timeout(ANSWERS_WITHIN.total_seconds()):
            await session.execute(select(func.set_config("idle_session_timeout", str(idle), False)))
            await session.exec_driver_sql(f"LISTEN {CHANNEL}")
        self.announcements.hear()
        led = False
        while True:
            asked_at = monotonic()
            async with asyncio.timeout(ANSWERS_WITHIN.total_seconds()):
                await self._ask(session, owner, posts=posts)
            self._answered_at = asked_at
            if self.leads() and not led:
                log.info("posts_from_now_on")
                self.announcements.hear(["outbox"])
            led = self.leads()
            async for notice in driver.notifies(timeout=_beat(lease)):
                sender, *words = notice.payload.split()
                if sender != self._me:
                    self.announcements.hear(words)

    async def _ask(self, session: AsyncConnection, owner: UUID, *, posts: bool) -> None:
        """Ask the server for a sign of life, and for the lock where another process may have left it."""
        if self._locked_at is not None or not posts:
            await session.execute(select(1))
            return
        key = func.hashtextextended("winback.posts", 0)
        if not await session.scalar(select(func.pg_try_advisory_lock(key))):
            return
        row = tables.outbox.c
        not_begun = (
            is_open(tables.outbox),
            row.state == RUNNING,
            row.lane == "slack",
            row.attempt_started_at.is_(None),
        )
        freed = update(tables.outbox).where(*not_begun, row.owner != owner)
        await session.execute(freed.values(state="waiting", owner=None, lease_until=None))
        self._locked_at = monotonic()

    async def _tell(self) -> None:
        """Pass on to the other processes what this one announces; what can't be passed on is kept for later."""
        while True:
            await self.announcements.news.wait(timedelta(days=1))
            words = self.announcements.take_untold()
            wait = TOLD_EVERY
            if words:
                try:
                    async with self.engine.connect() as connection:
                        text = " ".join([self._me, *sorted(words)])
                        await connection.execute(select(func.pg_notify(CHANNEL, text)))
                except (SQLAlchemyError, OSError):
                    self.announcements.announce(words)
                    wait = LONGEST_BEAT
            await asyncio.sleep(wait.total_seconds())


def _beat(lease: timedelta) -> float:
    """Return how often to ask, in seconds."""
    return min(LONGEST_BEAT, lease / 15).total_seconds()
