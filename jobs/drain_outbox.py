"""The workers of the outbox, one for each lane: they claim effects under leases, run them, and probe paused lanes.

Each effect has a slot of its own, so one slow call holds nobody else's. What somebody waits for goes first. New
messages to one place take one slot and keep their order; edits overtake them.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import structlog

from flows.effects import TRIES_IN_TURN, Lane, OutboxRow, PostQueue, Priority, at_priority
from flows.failures import Unavailable
from flows.outbox.dispatcher import Dispatcher
from flows.outbox.first_posts import FirstPosts
from flows.ports.store import Store
from jobs.worker import IDLE, Notifier, WorkerContext, wait_for_work

log = structlog.get_logger(__name__)

SLOTS = 8
KEPT_FREE = 2
"""Slots that only what is waited for, and new cards, take."""
FIRST = frozenset({Priority.WAITED_FOR, Priority.NEW_CARD})
BATCH = 5
SHORTEST = timedelta(milliseconds=1)
PROBE_EVERY = timedelta(seconds=5)
"""How often one effect of a paused lane is tried: the credential may have been fixed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxWorker:
    """Runs the effects of one lane until the process stops. With one worker per lane, slow email delays no card.

    `count` gets the kind and the result of each finished effect; while the lane isn't ours, another process runs it.
    `first_posts` claims what is posted into the cancellations channel, for the lane that does.
    """

    lane: Lane
    store: Store
    dispatcher: Dispatcher
    wakeup: Notifier
    worker: WorkerContext
    count: Callable[[str, str], None]
    is_ours: Callable[[], bool]
    first_posts: FirstPosts | None

    async def run(self) -> None:
        """Fill the slots as they become free."""
        probed_at = self.worker.wall()
        running: dict[asyncio.Task[None], PostQueue | None] = {}
        async with asyncio.TaskGroup() as slots:
            while not self.worker.stopping.is_set():
                if not self.is_ours():
                    await self.wakeup.wait(IDLE)
                    continue
                probing, rows, rest = False, list[OutboxRow](), IDLE
                with self.worker.keep_going(self._name):
                    if self.worker.wall() - probed_at >= PROBE_EVERY:
                        probed_at = self.worker.wall()
                        probing = await self._is_paused()
                    rows, rest = await self._claim(running.values(), probing=probing)
                    if self.first_posts is not None:
                        posting = "cards" in running.values()
                        rest = min(rest, await self._claim_first_post(self.first_posts, rows, posting=posting))
                for queue, one_by_one in _in_turn(rows):
                    task = slots.create_task(self._perform_all(one_by_one, probing=probing))
                    running[task] = queue
                    task.add_done_callback(running.pop)
                if rest > timedelta():
                    await wait_for_work(self.wakeup, running, at_most=min(max(rest, SHORTEST), IDLE))

    @property
    def _name(self) -> str:
        return f"drain_outbox:{self.lane}"

    async def _is_paused(self) -> bool:
        async with self.store.look() as unit:
            return self.lane in await unit.outbox.paused()

    async def _claim(self, taken: Iterable[PostQueue | None], *, probing: bool) -> tuple[list[OutboxRow], timedelta]:
        """Claim a few rows, and return the wait until there are more; if none is due, leave the write lock alone.

        Probing claims one row of the paused lane. In a rush, what may wait is read at Stripe one by one.
        """
        worker, taken = self.worker, list(taken)
        spare, busy = SLOTS - len(taken), frozenset(queue for queue in taken if queue is not None)
        if spare <= 0:
            return [], IDLE
        now, wall = worker.clock(), worker.wall()
        async with self.store.look() as unit:
            if self.first_posts is not None and not probing:
                busy |= {"cards"}  # `first_posts` claims them
            waits = await unit.outbox.waits(self.lane, now=now, wall=wall, probing=probing, busy=busy)
        one_by_one = self.worker.rush.is_on and self.lane == "stripe"
        if spare <= KEPT_FREE or (one_by_one and taken):
            waits = {priority: rest for priority, rest in waits.items() if priority in FIRST}
        due = [priority for priority, rest in waits.items() if rest <= timedelta()]
        if not due:
            return [], min(waits.values(), default=IDLE)
        limit = 1 if probing or one_by_one else min(spare, BATCH)
        alone = self.store.write if len(due) == 1 else self.store.begin
        async with alone() as unit:
            rows = await unit.outbox.claim(
                self.lane,
                owner=worker.owner,
                now=now,
                wall=wall,
                lease=worker.leases.of(self.lane),
                limit=limit,
                probing=probing,
                priorities=due,
                busy=busy,
            )
            await unit.commit()
        if len(rows) == limit:
            return rows, timedelta()  # there may be more
        return rows, min((rest for priority, rest in waits.items() if priority not in due), default=IDLE)

    async def _claim_first_post(self, first_posts: FirstPosts, rows: list[OutboxRow], *, posting: bool) -> timedelta:
        """Claim what is posted next, if anything, in a slot of its own; return the wait until there is something."""
        now, wall, worker = self.worker.clock(), self.worker.wall(), self.worker
        with at_priority(Priority.SOON):
            post, rest = await first_posts.claim(
                owner=worker.owner, now=now, wall=wall, lease=worker.leases.of(self.lane), posting=posting
            )
        rows += [post] if post is not None else []
        return rest

    async def _perform_all(self, rows: Sequence[OutboxRow], *, probing: bool) -> None:
        with ExitStack() as all_of_them:
            for row in rows:
                all_of_them.enter_context(self.worker.busy_with(row))
            for number, row in enumerate(rows, start=1):
                if self.worker.stopping.is_set():
                    return  # their leases are given back
                with at_priority(row.priority):
                    result = await self._perform(row)
                if result == "done" and probing:
                    await self._resume()
                if result == "later" and row.attempts <= TRIES_IN_TURN and number < len(rows):
                    await self._release(rows[number:])
                    return

    async def _resume(self) -> None:
        """Resume the lane, if it was paused: what it was paused for works again."""
        with self.worker.keep_going(self._name):
            async with self.store.begin() as unit:
                if await unit.outbox.resume(self.lane):
                    await unit.commit()

    async def _release(self, rows: Sequence[OutboxRow]) -> None:
        """Give back what comes after a message that has to be tried again: it keeps its turn."""
        worker = self.worker
        with worker.keep_going(self._name):
            async with self.store.begin() as unit:
                for row in rows:
                    fault = row.fault or "the message before it comes first"
                    await unit.outbox.later(row.id, owner=worker.owner, retry_at=worker.wall(), fault=fault)
                await unit.commit()

    async def _perform(self, row: OutboxRow) -> Literal["done", "later", "dead"]:
        """Run an effect, and return how it ended."""
        result: Literal["done", "later", "dead"] = "later"
        kind = type(row.effect).__name__
        with (
            structlog.contextvars.bound_contextvars(effect=str(row.id), event_id=row.cause),
            self.worker.keep_going(self._name),  # if an effect can't be released, its lease runs out
        ):
            try:
                outcome = await self.dispatcher.dispatch(row, owner=self.worker.owner, now=self.worker.clock())
            except Unavailable as away:  # the result isn't stored: the lease runs out, and the next attempt looks it up
                log.warning("effect_result_not_stored", kind=kind, fault=away.why)
            except Exception:  # the job runner's edge: a fault of ours must not stop the worker
                log.exception("effect_failed", kind=kind, attempts=row.attempts)
                outcome = await self.dispatcher.settle_crash(row, owner=self.worker.owner, now=self.worker.clock())
                result = outcome.what
                if outcome.what == "dead":
                    self.count(kind, outcome.what)
            else:
                result = outcome.what
                if outcome.what == "done":
                    log.info("effect_done", kind=kind)
                else:
                    log.warning(
                        "effect_not_done", kind=kind, what=outcome.what, attempts=row.attempts, fault=outcome.fault
                    )
                if result != "later":
                    self.count(kind, outcome.what)
        return result


def _in_turn(rows: Iterable[OutboxRow]) -> list[tuple[PostQueue | None, list[OutboxRow]]]:
    """Put together what is posted in one queue; everything else stands for itself."""
    queues: dict[PostQueue, list[OutboxRow]] = {}
    alone: list[tuple[PostQueue | None, list[OutboxRow]]] = []
    for row in rows:
        queue = row.effect.post_queue if row.place is None else None
        if queue is None:
            alone.append((None, [row]))
        else:
            queues.setdefault(queue, []).append(row)
    return [*alone, *queues.items()]
