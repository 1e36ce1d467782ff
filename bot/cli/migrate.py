"""`winback migrate`: upgrade the database to this version."""

import typer

from bot.assembly import CannotStart
from bot.cli.startup import report_failures, settings
from storage.database import migrate as migrations
from storage.database import revision

app = typer.Typer()


@app.command()
def migrate() -> None:
    """Upgrade the database to this version, completely or not at all."""
    url = settings().database_url.get_secret_value()
    with report_failures():
        try:
            before = revision.current(url)
            migrations.upgrade(url)
        except revision.NewerDatabase as newer:
            raise CannotStart(str(newer)) from None
    newest = revision.head()
    typer.echo("Nothing to do." if before == newest else f"The database is at {newest} now.")
