"""Everything that works by itself: the workers of both queues, and the scheduled jobs."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.assembly.flows import Flows
from flows.events.skip_routine import RoutineUpdates
from flows.outbox.first_posts import FirstPosts
from flows.winback.results.report import CaseCounting
from jobs.drain_inbox import InboxWorker
from jobs.drain_outbox import OutboxWorker
from jobs.prune_queues import QueuePruning
from jobs.schedule import every, run_every, run_schedule
from jobs.ticks import Job
from jobs.worker import WorkerContext, renew_leases
from storage.repositories.lookups import KEPT
from storage.store import SqlStore
from web.metrics import Metrics

POLL_WITH_WEBHOOKS = timedelta(minutes=3)
POLL_ALONE = timedelta(seconds=10)
LOOK_AT_MANAGERS = timedelta(minutes=1)
LOOK_AT_APPROVALS = timedelta(minutes=5)
COUNT_CASES = timedelta(seconds=2)
LOOK_FOR_DIGEST = timedelta(minutes=1)
LOOK_AT_CHANNELS = timedelta(minutes=10)
PRUNE_LOOKUPS = timedelta(minutes=10)
PRUNE_QUEUES = timedelta(hours=1)
LOG_HEAD = timedelta(days=1)

log = structlog.get_logger(__name__)


def start_workers(
    tasks: asyncio.TaskGroup,
    *,
    store: SqlStore,
    flows: Flows,
    worker: WorkerContext,
    metrics: Metrics,
    poll_every: timedelta,
    keep_events: timedelta,
    knows_slack: Callable[[], bool],
) -> None:
    """Start them; they end once the worker's context is told to stop. Nothing goes to Slack till `knows_slack`."""
    inbox = InboxWorker(
        store=store,
        router=flows.event_router,
        routine_updates=RoutineUpdates(flows.context),
        faults=flows.event_faults,
        wakeup=store.wakeups.inbox,
        worker=worker,
        count=metrics.event_set_aside,
    )
    tasks.create_task(inbox.run())
    for lane, wakeup in store.wakeups.outbox.items():
        outbox = OutboxWorker(
            lane=lane,
            store=store,
            dispatcher=flows.dispatcher,
            wakeup=wakeup,
            worker=worker,
            count=metrics.effect,
            is_ours=(lambda: store.posts() and knows_slack()) if lane == "slack" else lambda: True,
            first_posts=FirstPosts(flows.context) if lane == "slack" else None,
        )
        tasks.create_task(outbox.run())
    renew_every = worker.leases.calls / 3
    tasks.create_task(
        run_every("renew_leases", lambda _: renew_leases(store, worker), every=renew_every, worker=worker)
    )

    async def count_cases(now: datetime) -> None:
        if not worker.rush.is_on:  # a report that is asked for has them counted first
            await CaseCounting(store).look(now)

    tasks.create_task(run_every("count_cases", count_cases, every=COUNT_CASES, worker=worker))
    poll = Job(name="poll_events", trigger=every(poll_every), run=lambda now: flows.event_poller.poll(now=now))
    managers = Job(name="managers", trigger=every(LOOK_AT_MANAGERS), run=lambda now: flows.managers.look(now=now))
    remind = Job(name="remind", trigger=every(LOOK_AT_APPROVALS), run=flows.reminders.remind)
    mention = Job(name="mention", trigger=every(LOOK_AT_APPROVALS), run=flows.mentions.look)
    channels = Job(name="channels", trigger=every(LOOK_AT_CHANNELS), run=flows.channel_watch.look)
    digest = Job(name="digest", trigger=every(LOOK_FOR_DIGEST), run=flows.digests.look)
    jobs = [
        poll,
        managers,
        remind,
        mention,
        channels,
        digest,
        *upkeep_jobs(store, keep_events=keep_events, worker=worker),
    ]
    tasks.create_task(run_schedule(store=store, jobs=jobs, worker=worker))


def upkeep_jobs(store: SqlStore, *, keep_events: timedelta, worker: WorkerContext) -> list[Job]:
    """Make the jobs: what is old goes, what agents typed after a day, and the audit log's head is logged daily."""

    async def prune_lookups(now: datetime) -> None:
        async with store.read() as unit:  # an idle bot takes no write lock
            oldest = await unit.lookups.oldest()
        if oldest is not None and oldest < now - KEPT:
            async with store.begin() as unit:
                await unit.lookups.prune(before=now - KEPT)
                await unit.commit()

    async def log_head(now: datetime) -> None:
        async with store.read() as unit:
            log.info("audit_head", head=await unit.audit.head(), at=now)

    return [
        Job(name="prune_lookups", trigger=every(PRUNE_LOOKUPS), run=prune_lookups),
        Job(name="prune_queues", trigger=every(PRUNE_QUEUES), run=QueuePruning(store, keep_events, worker).run),
        Job(name="log_audit_head", trigger=every(LOG_HEAD), run=log_head),
    ]
