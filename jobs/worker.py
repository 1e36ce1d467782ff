"""What all workers share: the owner of their leases, two clocks, and the signal to stop."""

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
"""In wall time; longer than a batch takes if each of its calls times out."""
IDLE = timedelta(seconds=1)
"""How long a worker waits at most: due times pass, and clocks are moved, without a signal."""


class Notifier(Protocol):
    """Signals that something was committed for a worker of this process."""

    async def wait(self, timeout: timedelta) -> bool:  # noqa: ASYNC109  # a wait that ends by itself is the point
        """Wait for the signal, at most `timeout`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerContext:
    """What the workers of one process share: `owner` of their leases; once `stopping` is set, nothing new begins.

    `count_failure` counts a failed run, by the name of its job.
    """

    owner: UUID
    clock: Clock
    wall: Clock
    stopping: asyncio.Event
    count_failure: Callable[[str], None]

    @contextmanager
    def keep_going(self, job: str) -> Iterator[None]:
        """Log and count a fault instead of ending the process; the next run tries again."""
        try:
            yield
        except CALL_FAILURES as fault:
            log.warning("job_failed", job=job, fault=fault.why)
            self.count_failure(job)
        except Exception:  # the job runner's edge: a fault of ours must not stop other jobs
            log.exception("job_broke", job=job)
            self.count_failure(job)
