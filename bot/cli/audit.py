"""`winback audit`: the audit log of who did what, and the proof that nothing in it was changed."""

from dataclasses import dataclass
from typing import NoReturn

import typer

from bot.assembly import Adapters
from bot.cli.startup import EXIT_FAILED, with_adapters
from flows.ports.store import AuditRow
from storage.repositories.audit import head, verify

app = typer.Typer(name="audit", no_args_is_help=True)

PAGE = 1000


@app.command("list")
def listed(
    after: int = typer.Option(0, help="Start after the row with this number."),
    limit: int = typer.Option(100, help="How many rows at most."),
) -> None:
    """Print rows of the audit log in order."""

    async def read(adapters: Adapters) -> list[AuditRow]:
        async with adapters.store.read() as unit:
            return await unit.audit.rows(after=after, limit=limit)

    for row in with_adapters(read):
        entry = row.entry
        told = (entry.action, entry.outcome, entry.whom or "-", entry.note)
        typer.echo(f"{row.number:6}  {entry.at:%Y-%m-%d %H:%M:%S}  {entry.who:12}{'  '.join(filter(None, told))}")


@app.command("verify")
def verified(
    noted: str = typer.Option("", "--head", help="A head from an earlier run: it must still be in the log."),
) -> None:
    """Verify the audit log, and print its row count and head.

    No row may have been changed, taken out or put in, and none may be missing at the end.
    """
    walk = with_adapters(lambda adapters: _walk(adapters, noted))
    if walk.broken is not None:
        _fail(f"The audit log is broken at row {walk.broken}: a row was changed, or SECRET_KEY lacks an old key.")
    if walk.last != walk.stored:
        has, should = (each.partition(":")[0] for each in (walk.last, walk.stored))
        _fail(
            f"Rows are missing at the end of the audit log: it has {has}, and the head stored with it says {should}."
            if int(has) < int(should)
            else "The head stored with the audit log isn't that of its last row: one of them was changed."
        )
    if noted and not walk.found:
        _fail("That head isn't in the audit log: rows were cut off its end, or the head is from another log.")
    typer.echo(f"{walk.last.partition(':')[0]} rows, whole. Head: {walk.last}")


def _fail(sentence: str) -> NoReturn:
    typer.echo(sentence)
    raise typer.Exit(EXIT_FAILED)


@dataclass(frozen=True, slots=True)
class _Walk:
    """The first broken row, the heads of the last row and as stored, and whether the noted head was found."""

    broken: int | None
    last: str
    stored: str
    found: bool


async def _walk(adapters: Adapters, noted: str) -> _Walk:
    """Read the log a page at a time; the bot may be adding rows meanwhile."""
    last: AuditRow | None = None
    found = noted == "0:"
    while True:
        async with adapters.store.read() as unit:
            stored = await unit.audit.head()  # first, so that no row comes between that this page lacks
            rows = await unit.audit.rows(after=last.number if last else 0, limit=PAGE)
        broken = verify(rows, keyring=adapters.keyring, before=last)
        if not rows or broken is not None:
            return _Walk(broken, head(last) if last else "0:", stored, found)
        found = found or any(head(row) == noted for row in rows)
        last = rows[-1]
