"""Starting: what must be so before the program may run, and every reason at once where it is not."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

from uuid_utils.compat import uuid7

from bot.assembly.program import Program, give_back
from bot.assembly.world import CannotStart, World, connected
from bot.settings import Settings
from flows.failures import Unavailable
from flows.ports import Clock
from jobs.worker import Shift
from storage import migrate
from storage.single_serve import AlreadyServed, hold_single_serve


async def serve(
    settings: Settings, *, clock: Clock, wall: Clock, over: asyncio.Event, ready: Callable[[str], None]
) -> None:
    """Run the program till `over` is set; `ready` is told once in a sentence that it works.

    Raises CannotStart with every reason at once.
    """
    url = settings.database_url.get_secret_value()
    await asyncio.to_thread(_refuse_old_database, url)
    async with AsyncExitStack() as stack:
        try:
            alone = stack.enter_context(hold_single_serve(url))
        except AlreadyServed as fault:
            raise CannotStart(f"{fault}.") from None
        world = await stack.enter_async_context(connected(settings, clock=clock, wall=wall))
        await _refuse_dropped_keys(world)
        if alone:
            await give_back(world.store, owner=None)  # what a killed one held need not run out first
        checks, workspace = await world.check()
        wrong = [f"{check.name}: {check.sentence} {check.mend}".strip() for check in checks if not check.ok]
        if workspace is None or wrong:
            raise CannotStart(*wrong)
        await Program(world, workspace, shift=Shift(owner=uuid7(), clock=clock, wall=wall, over=over)).run(ready)


def _refuse_old_database(url: str) -> None:
    try:
        behind = migrate.behind(url)
    except (Unavailable, migrate.NewerDatabase) as fault:
        raise CannotStart(f"DATABASE_URL: {fault}") from None
    if behind:
        raise CannotStart("DATABASE_URL: the database is not at this version's state. Run: winback migrate")


async def _refuse_dropped_keys(world: World) -> None:
    try:
        dropped = await world.store.key_ids_in_use() - set(world.keyring.key_ids)
    except Unavailable as fault:
        raise CannotStart(f"DATABASE_URL: {fault.why}.") from None
    if dropped:
        raise CannotStart(
            f"SECRET_KEY: rows still name keys that are not listed any more ({', '.join(sorted(dropped))}). "
            "Put the dropped key back, behind the new one, separated by a comma."
        )
