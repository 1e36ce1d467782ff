"""Starting: what must be so before the program may run, and every reason at once where it is not."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

import structlog
from uuid_utils.compat import uuid7

from bot.assembly.adapters import CannotStart, connected
from bot.assembly.program import Program, give_back
from bot.settings.settings import Settings
from flows.failures import Unavailable
from flows.ports import Clock
from jobs.worker import WorkerContext
from storage.database.single_instance import AlreadyServed, hold_single_serve
from web.metrics import Metrics

log = structlog.get_logger(__name__)


async def serve(
    settings: Settings, *, clock: Clock, wall: Clock, stopping: asyncio.Event, ready: Callable[[str], None]
) -> None:
    """Run the program till `stopping` is set; `ready` is told once in a sentence that it works.

    Raises CannotStart with every reason at once.
    """
    async with AsyncExitStack() as stack:
        try:
            alone = stack.enter_context(hold_single_serve(settings.database_url.get_secret_value()))
        except (AlreadyServed, Unavailable) as fault:
            raise CannotStart(f"database: {fault}.") from None
        adapters = await stack.enter_async_context(connected(settings, clock=clock, wall=wall))
        checks, workspace = await adapters.check()
        wrong = [f"{check.name}: {check.sentence} {check.mend}".strip() for check in checks if not check.ok]
        if workspace is None or wrong:
            raise CannotStart(*wrong)
        for check in checks:
            log.info("checked", what=check.name, found=check.sentence)
        if alone:
            await give_back(adapters.store, owner=None)  # what a killed one held need not run out first
        metrics = Metrics()
        worker = WorkerContext(
            owner=uuid7(), clock=clock, wall=wall, stopping=stopping, count_failure=metrics.job_failure
        )
        await Program(adapters, workspace, metrics=metrics, worker=worker).run(ready)
