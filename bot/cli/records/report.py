"""`winback report`: a month's figures, and the cases behind them as CSV."""

from datetime import tzinfo
from typing import Annotated

import typer

from bot.assembly import Adapters
from bot.assembly.context import build_cli_flows
from bot.cli.records.case_table import as_csv
from bot.cli.startup import with_adapters
from bot.views.winback.reports import loss_message, tally_text
from flows.winback.results.answers import PeriodReport
from flows.winback.results.period import Period
from flows.winback.results.period_report import report_period

app = typer.Typer()


@app.command()
def report(
    *,
    month: Annotated[str, typer.Option(help="A calendar month in TIMEZONE, such as 2026-11.")],
    in_csv: Annotated[bool, typer.Option("--csv", help="Print a line for each case, without names.")] = False,
) -> None:
    """Print what `/winback stats` and `/winback leak` say of a month, or each of its cases as CSV.

    The amounts add up to what Slack shows, to the cent; docs/measuring.md explains the columns.
    """

    async def count(adapters: Adapters) -> tuple[PeriodReport, tzinfo]:
        figures = build_cli_flows(adapters).report
        period = Period.month(month.strip(), zone=figures.zone, now=adapters.clock())
        if period is None:
            raise typer.BadParameter(f"{month!r} isn't a month that has begun; write it like 2026-11")
        return await report_period(adapters.store, period), figures.zone

    found, zone = with_adapters(count)
    if in_csv:
        typer.echo(as_csv(found.cases, zone=zone), nl=False)
        return
    typer.echo(f"{month.strip()}: {tally_text(found.summary.whole)}")
    typer.echo(loss_message(found.losses, span=month.strip())["text"])
