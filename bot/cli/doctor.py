"""`winback doctor`: each check, what it found and how to fix it."""

import typer

from bot.assembly import Adapters
from bot.cli.consent_check import check_consent
from bot.cli.startup import EXIT_FAILED, with_adapters
from flows.health import Check

app = typer.Typer()


@app.command()
def doctor() -> None:
    """Check everything that the bot needs, and print how to fix what is wrong."""
    checks = with_adapters(examine)
    for check in checks:
        typer.echo(f"{'ok   ' if check.ok else 'FAULT'} {check.name}: {check.sentence}")
        if check.fix:
            typer.echo(f"      {check.fix}")
    wrong = sum(not check.ok for check in checks)
    typer.echo(f"{len(checks)} checks, {wrong} wrong." if wrong else f"{len(checks)} checks, all well.")
    if wrong:
        raise typer.Exit(EXIT_FAILED)


async def examine(adapters: Adapters) -> list[Check]:
    """Check the settings, the database, Slack, Stripe and the mail server; never raises."""
    outside, _ = await adapters.check()
    checks = [Check(name="settings", ok=True, sentence="All of them can be used."), *outside]
    if adapters.settings.approvals_channel is not None:
        checks.append(await check_consent(adapters))
    if adapters.mailer is not None:
        checks.append(await adapters.mailer.check())
    return checks
