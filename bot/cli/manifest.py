"""`winback manifest`: the manifest of the Slack app as JSON, or the reason for each scope."""

import json

import typer

from bot.cli.startup import EXIT_USAGE
from bot.slack import manifest as app_manifest

app = typer.Typer()


@app.command()
def manifest(
    public_url: str = typer.Option("", help="Where Slack reaches the bot by HTTP. Without it: Socket Mode."),
    reasons: bool = typer.Option(default=False, help="Print why each scope is needed instead."),  # noqa: FBT001  # typer
) -> None:
    """Print the manifest to paste at Slack under "Create New App", "From a manifest"."""
    if reasons:
        for scope, reason in app_manifest.SCOPES.items():
            typer.echo(f"{scope}: {reason}")
        return
    address = public_url.rstrip("/")
    if address and not address.startswith("https://"):
        typer.echo("--public-url must be an https address. Example: https://winback.your-company.com", err=True)
        raise typer.Exit(EXIT_USAGE)
    typer.echo(json.dumps(app_manifest.manifest(socket_mode=not address, public_url=address or None), indent=2))
