"""`winback backfill`: import cancellations from before the first start from Stripe."""

from typing import Annotated

import typer

from bot.assembly import Adapters
from bot.assembly.context import build_cli_flows
from bot.cli.startup import EXIT_FAILED, parse_duration, with_adapters
from flows.events.backfill import BackfillProgress, BackfillResult
from flows.failures import CALL_FAILURES
from wording.grammar import count
from wording.offer import amounts

app = typer.Typer()


@app.command()
def backfill(
    *,
    since: Annotated[str, typer.Option(help="How far back: 30d, 12w, 3m or 1y.")],
    post: Annotated[bool, typer.Option("--post", help="Post a card for each.")] = False,
    propose: Annotated[bool, typer.Option("--propose", help="Check each against the policy.")] = False,
) -> None:
    """Import cancellations from before the first start. They count in reports; nothing is posted without a flag.

    Run the same command again on the same day to continue an interrupted import.
    """
    length = parse_duration(since)

    async def work(adapters: Adapters) -> BackfillResult:
        try:
            return await build_cli_flows(adapters).backfill.run(
                length=length, post=post, propose=propose, who="cli", now=adapters.clock(), progress=_say
            )
        except CALL_FAILURES as fault:
            typer.echo(
                f"It stopped: {fault.why.rstrip('.')}. What was imported is kept; run the same command to go on.",
                err=True,
            )
            raise typer.Exit(EXIT_FAILED) from None

    typer.echo(summary_text(with_adapters(work), since=since))


def summary_text(found: BackfillResult, *, since: str) -> str:
    """Return a period's cancellations in one message."""
    cases = found.pending + found.ended + found.resumed
    if not cases:
        return f"Nobody cancelled in the last {since}."
    unknown = f"; value not known for {count(found.unknown, 'case')}" if found.unknown else ""
    return (
        f"{count(cases, 'cancellation')} in the last {since}, {found.new} of them new here: "
        f"{found.pending} still paid up, {found.ended} ended, {found.resumed} taken back. "
        f"Lost a month: {amounts(found.lost)}"
        f"{unknown}."
    )


def _say(walked: BackfillProgress) -> None:
    recorded = count(walked.recorded, "subscription")
    typer.echo(f"{recorded} imported; checked all created since {walked.walked_to:%Y-%m-%d}", err=True)
