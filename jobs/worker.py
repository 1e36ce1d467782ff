"""What every worker of this room has: a name for its leases, two clocks, and the moment to stop."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from flows.ports import Clock

LEASE = timedelta(seconds=90)
"""Of wall time; longer than a whole batch takes if every call in it runs into its time-out."""
IDLE = timedelta(seconds=1)
"""How long a worker waits at most till it looks again: due times pass and clocks are moved without a call."""


class Notifier(Protocol):
    """Rings when something was committed for a worker of this process."""

    async def wait(self, timeout: timedelta) -> bool:  # noqa: ASYNC109  # a wait that ends by itself is the point
        """Wait for a ring, not longer than `timeout`."""


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """One process's working time: `owner` names its leases; when `over` is set, nothing new is begun."""

    owner: UUID
    clock: Clock
    wall: Clock
    over: asyncio.Event = field(default_factory=asyncio.Event)
