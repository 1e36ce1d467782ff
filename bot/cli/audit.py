"""`winback audit`: the audit log of who did what, and the proof that nothing in it was changed."""

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

    No row may have been changed, taken out or put in.
    """
    broken, last, found = with_adapters(lambda adapters: _walk(adapters, noted))
    if broken is not None:
        typer.echo(f"The audit log is broken at row {broken}: a row was changed, or SECRET_KEY lacks an old key.")
        raise typer.Exit(EXIT_FAILED)
    if noted and not found:
        typer.echo("That head isn't in the audit log: rows were cut off its end, or the head is from another log.")
        raise typer.Exit(EXIT_FAILED)
    typer.echo(f"{last.number if last else 0} rows, whole. Head: {head(last) if last else '0:'}")


async def _walk(adapters: Adapters, noted: str) -> tuple[int | None, AuditRow | None, bool]:
    """Return the first broken row's number, the last row, and whether the head was found; reads a page at a time."""
    last: AuditRow | None = None
    found = False
    while True:
        async with adapters.store.read() as unit:
            rows = await unit.audit.rows(after=last.number if last else 0, limit=PAGE)
        if not rows:
            return None, last, found
        broken = verify(rows, keyring=adapters.keyring, before=last)
        if broken is not None:
            return broken, last, found
        found = found or any(head(row) == noted for row in rows)
        last = rows[-1]
