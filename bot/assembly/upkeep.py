"""What keeps the database and its record in order, however busy or quiet the bot is."""

from datetime import datetime, timedelta

import structlog

from jobs.prune_queues import QueuePruning
from jobs.schedule import every
from jobs.ticks import Job
from jobs.worker import WorkerContext
from storage.repositories.lookups import KEPT
from storage.store import SqlStore

PRUNE_LOOKUPS = timedelta(minutes=10)
PRUNE_QUEUES = timedelta(hours=1)
LOG_HEAD = timedelta(days=1)

log = structlog.get_logger(__name__)


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
