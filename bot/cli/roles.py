"""`winback roles`: who has which role, by name, as the settings say now."""

import typer

from bot.assembly import Adapters
from bot.assembly.context import build_directory
from bot.assembly.roles import members_of
from bot.cli.startup import EXIT_FAILED, with_adapters
from bot.slack.checks import Workspace
from bot.slack.directory import SlackDirectory
from domain.ids import StaffId
from domain.permissions import Role
from flows.failures import CALL_FAILURES
from flows.health import TRIED_AGAIN, Check

app = typer.Typer()
_DENIED = {
    "deactivated": "is deactivated",
    "guest": "is a guest",
    "bot": "is a bot",
    "outsider": "belongs to another workspace",
    "unknown": "isn't known to Slack",
}


@app.command()
def roles() -> None:
    """Print who has which role, by name. A running bot reads changed lists within seconds."""
    checks = with_adapters(_look)
    for check in checks:
        typer.echo(f"{check.name.removeprefix('Slack: ')}: {check.sentence}")
        if check.fix:
            typer.echo(f"      {check.fix}")
    if not all(check.ok for check in checks):
        raise typer.Exit(EXIT_FAILED)


async def _look(adapters: Adapters) -> list[Check]:
    checks, workspace = await adapters.check_slack()
    return await check_roles(adapters, workspace) if workspace else [each for each in checks if not each.ok]


async def check_roles(adapters: Adapters, workspace: Workspace) -> list[Check]:
    """Return a line for each role that anybody has: their names, and who can't use it any more."""
    directory = build_directory(adapters, workspace)
    return [await _check(directory, role, listed) for role, listed in members_of(adapters.settings).items() if listed]


async def _check(directory: SlackDirectory, role: Role, listed: frozenset[str]) -> Check:
    title, variable = f"Slack: {role} members", f"{role.upper()}_MEMBERS"
    told, gone = list[str](), dict[str, str]()
    try:
        for each in sorted(listed):
            if each.startswith("S"):
                told.append(f"the user group {each}")
                continue
            name, why = await directory.standing(StaffId(each))
            told.append(f"{name} ({each})" if name else each)
            if why is not None:
                gone[each] = f"{told[-1]} {_DENIED[why]}"
    except CALL_FAILURES as fault:
        return Check(name=title, ok=False, sentence=fault.why, fix=TRIED_AGAIN, needed=False, away=True)
    if gone:
        sentence = f"{', '.join(told)}. {', '.join(gone.values())}, and can do nothing."
        fix = f"Take {', '.join(gone)} out of {variable}."
        return Check(name=title, ok=False, sentence=sentence, fix=fix, needed=False)
    return Check(name=title, ok=True, sentence=f"{', '.join(told)}.")
