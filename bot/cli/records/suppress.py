"""`winback suppress`: the list of people who are never contacted."""

import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from email_validator import EmailNotValidError, validate_email

from bot.assembly import Adapters
from bot.assembly.context import build_cli_flows
from bot.cli.startup import EXIT_FAILED, EXIT_USAGE, with_adapters
from domain.ids import StaffId
from flows.winback.policy.suppress import SuppressedPerson

app = typer.Typer(name="suppress", no_args_is_help=True)

OPERATOR = StaffId("cli")
_CUSTOMER = re.compile(r"cus_[A-Za-z0-9]{1,64}")
_COLUMNS = frozenset({"email", "e-mail", "customer", "customer_id"})
_TOLD_EVERY = 500
ReasonOption = Annotated[str, typer.Option(help="Why, for the audit log, which keeps it for good: name nobody.")]


@app.command()
def add(
    who: Annotated[str, typer.Argument(help="An email address, or cus_…")], why: ReasonOption = "never contact"
) -> None:
    """Stop all contact with somebody for good.

    No offer is made to them, and what is open is withdrawn.
    """
    named = _named(who)
    if named is None:
        raise typer.BadParameter("that is neither an email address nor a cus_… id")

    async def work(adapters: Adapters) -> bool:
        return await build_cli_flows(adapters).suppressions.add(named, by=OPERATOR, why=why, now=adapters.clock())

    typer.echo("They won't be contacted again." if with_adapters(work) else "They were listed already.")


@app.command("import")
def imported(
    file: Annotated[Path, typer.Argument(help="One address or cus_… a line, or CSV with a column named email.")],
    why: ReasonOption = "imported",
) -> None:
    """Stop all contact with everybody in a file. Repeating it changes nothing; lines that can't be read are listed."""
    try:
        lines = list(_read(file))
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        reason = fault.strerror if isinstance(fault, OSError) else "it isn't CSV in UTF-8"
        typer.echo(f"{file.name} cannot be read: {(reason or 'no reason is given').lower()}.", err=True)
        raise typer.Exit(EXIT_USAGE) from None

    async def work(adapters: Adapters) -> tuple[int, int]:
        suppressing = build_cli_flows(adapters).suppressions
        new = known = 0
        for _, who in lines:
            if (named := _named(who)) is None:
                continue
            if await suppressing.add(named, by=OPERATOR, why=why, now=adapters.clock()):
                new += 1
            else:
                known += 1
            if (new + known) % _TOLD_EVERY == 0:
                typer.echo(f"{new + known} of {len(lines)} done", err=True)
        return new, known

    new, known = with_adapters(work)
    bad = [number for number, who in lines if _named(who) is None]
    for number in bad:
        typer.echo(f"Line {number}: neither an email address nor a cus_… id.", err=True)
    typer.echo(f"{new} new, {known} listed already, {len(bad)} not read.")
    if bad:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def export() -> None:
    """Print as CSV who is never contacted. Addresses are not stored: people go by our id and their customers' ids."""

    async def work(adapters: Adapters) -> tuple[SuppressedPerson, ...]:
        return await build_cli_flows(adapters).suppressions.everybody()

    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(("person", "customers", "at", "by", "why"))
    for each in with_adapters(work):
        closed = each.suppression
        by = closed.by or "the subscriber"
        rows.writerow((each.person_id, " ".join(each.customers), closed.at.isoformat(), by, closed.why))


def _named(who: str) -> str | None:
    """Return an address or a customer's id, or None."""
    who = who.strip()
    if _CUSTOMER.fullmatch(who):
        return who
    try:
        validate_email(who, check_deliverability=False)
    except EmailNotValidError:
        return None
    return who


def _read(file: Path) -> Iterator[tuple[int, str]]:
    """Yield each line's number and the person in it; skips empty lines."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        rows = csv.reader(text)
        column = 0
        for row in rows:
            names = [name.strip().casefold() for name in row]
            found = next((place for place, name in enumerate(names) if name in _COLUMNS), None)
            if rows.line_num == 1 and found is not None:
                column = found
            elif any(names):
                yield rows.line_num, row[column] if column < len(row) else ""
