"""The commands of `winback`. A command's module is imported when it is called, so `--help` is fast."""

import sys
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from bot.cli.lean_imports import lean_imports

COMMANDS = {
    "serve": ("bot.cli.serve", "Run the bot until it is told to stop."),
    "demo": ("bot.cli.demo", "Try everything in a sandbox, without any account."),
    "doctor": ("bot.cli.doctor", "Check everything that the bot needs."),
    "roles": ("bot.cli.roles", "Who has which role, by name."),
    "migrate": ("bot.cli.migrate", "Upgrade the database to this version."),
    "manifest": ("bot.cli.manifest", "Print the manifest of the Slack app to create."),
    "backfill": ("bot.cli.records.backfill", "Import cancellations from before the first start."),
    "effects": ("bot.cli.effects", "Failed calls and events: list them, try them again."),
    "audit": ("bot.cli.audit", "The audit log: list it, verify that nothing was changed."),
    "policy": ("bot.cli.policy", "The win-back policy: check the file, try it on past cases."),
    "report": ("bot.cli.records.report", "A month's figures, and its cases as CSV."),
    "portal": ("bot.cli.portal", "Stripe's customer portal: show, check and set it up."),
    "suppress": ("bot.cli.records.suppress", "People who are never contacted: add one, import many, list all."),
}
"""The commands in the order of the help: where each one's module is, and its line in the help."""


def load(name: str) -> Any:
    """Import a command's module and return the command."""
    module, line = COMMANDS[name]
    if module not in sys.modules:
        with lean_imports():
            import_module(module)
    found = typer.Typer(rich_markup_mode=None)
    found.add_typer(sys.modules[module].app, help=line)
    return get_group(found).commands[name]


class LazyCommands(TyperGroup):
    """A group that knows its commands' names and help lines, and loads the one that is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # typer keeps its types of these to itself
        """Find the command that the arguments begin with."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, load(str(name)), rest


app = typer.Typer(
    cls=LazyCommands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # to load rich takes as long as all the rest of `--help`
)
for _name, (_, _line) in COMMANDS.items():
    app.command(_name, help=_line)(lambda: None)  # LazyCommands puts the real one in its place


def _print_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(version("winback-bot"))
        raise typer.Exit


@app.callback()
def winback(
    *,
    version: Annotated[  # its callback does it
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Portal links, cancellations and win-back for companies that sell subscriptions through Stripe."""
