"""`winback doctor`: each check, what it means and how to mend it."""

import asyncio

import typer

from bot.assembly import World
from bot.cli.asked import FAILED, with_world
from flows.failures import OUTWARD
from flows.health import Check
from storage import migrate


def doctor() -> None:
    """Check everything that the bot needs, and say how to mend what is wrong."""
    checks = with_world(_examine)
    for check in checks:
        typer.echo(f"{'ok   ' if check.ok else 'FAULT'} {check.name}: {check.sentence}")
        if check.mend:
            typer.echo(f"      {check.mend}")
    wrong = sum(not check.ok for check in checks)
    typer.echo(f"{len(checks)} checks, {wrong} wrong." if wrong else f"{len(checks)} checks, all well.")
    if wrong:
        raise typer.Exit(FAILED)


async def _examine(world: World) -> list[Check]:
    outside, _ = await world.check()
    checks = [Check(name="settings", ok=True, sentence="All of them can be used."), await _database(world), *outside]
    if world.post is not None:
        checks.append(await world.post.check())
    return checks


async def _database(world: World) -> Check:
    url = world.settings.database_url.get_secret_value()
    try:
        behind = await asyncio.to_thread(migrate.behind, url)
        if behind:
            sentence = "It is not at this version's state."
            return Check(name="database", ok=False, sentence=sentence, mend="Run: winback migrate")
        dropped = await world.store.key_ids_in_use() - set(world.keyring.key_ids)
    except migrate.NewerDatabase as newer:
        return Check(name="database", ok=False, sentence=str(newer), mend="Run the newer version.")
    except OUTWARD as fault:
        return Check(name="database", ok=False, sentence=fault.why, mend="Look at DATABASE_URL and the server.")
    if dropped:
        sentence = f"Rows name secret keys that are not listed any more: {', '.join(sorted(dropped))}."
        return Check(
            name="database", ok=False, sentence=sentence, mend="Put them back into SECRET_KEY, behind the new."
        )
    return Check(name="database", ok=True, sentence="It is at this version's state.")
