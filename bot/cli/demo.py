"""`winback demo`: the command, which every install has; what it runs needs the extra `demo`."""

import asyncio
import tempfile
from importlib.util import find_spec
from pathlib import Path

import typer

from bot.cli.startup import EXIT_FAILED

app = typer.Typer()

PAGE_PORT = 7700
EXTRA = ("aiosmtpd", "websockets")
"""The packages of the extra `demo` in `pyproject.toml`."""


@app.command()
def demo(
    port: int = typer.Option(PAGE_PORT, help="Port of the workspace page; another is taken if it is in use."),
) -> None:
    """Try everything in a sandbox: a Slack workspace, a Stripe account and a mailbox on one page."""
    if missing := [name for name in EXTRA if find_spec(name) is None]:
        typer.echo(
            f"The demo needs packages that this install doesn't have: {', '.join(missing)}.\n"
            "In a checkout, run `make demo`. Elsewhere, install winback-bot with its extra `demo`, "
            "for example with: uv tool install '.[demo]'",
            err=True,
        )
        raise typer.Exit(EXIT_FAILED)
    from bot.cli import demo_sandbox  # noqa: PLC0415  # production has no need of the sandbox and lacks its packages

    with tempfile.TemporaryDirectory(prefix="winback-demo-") as directory:
        asyncio.run(demo_sandbox.run(Path(directory), port))
