"""What every worker of this room has: a name for its leases, two clocks, and the moment to stop."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import structlog

from flows.failures import CALL_FAILURES
from flows.ports import Clock

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=90)
"""Of wall time; longer than a whole batch takes if every call in it runs into its time-out."""
IDLE = timedelta(seconds=1)
"""How long a worker waits at most till it looks again: due times pass and clocks are moved without a call."""


class Notifier(Protocol):
    """Rings when something was committed for a worker of this process."""

    async def wait(self, timeout: timedelta) -> bool:  # noqa: ASYNC109  # a wait that ends by itself is the point
        """Wait for a ring, not longer than `timeout`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerContext:
    """One process's working time: `owner` names its leases; when `stopping` is set, nothing new is begun.

    `count_failure` counts a look that failed, by the name of its job.
    """

    owner: UUID
    clock: Clock
    wall: Clock
    stopping: asyncio.Event
    count_failure: Callable[[str], None]

    @contextmanager
    def keep_going(self, job: str) -> Iterator[None]:
        """Keep a fault of one look from ending the process: it is logged and counted, and the next look tries again."""
        try:
            yield
        except CALL_FAILURES as fault:
            log.warning("job_failed", job=job, fault=fault.why)
            self.count_failure(job)
        except Exception:  # the job runner's edge: a fault of ours must not stop what the other jobs do
            log.exception("job_broke", job=job)
            self.count_failure(job)
