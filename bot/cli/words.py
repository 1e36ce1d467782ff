"""All words of the command line, and what they share: settings read or every fault at once, clean failures."""

import typer

from bot.cli import audit, demo, doctor, effects, manifest, migrate, serve

app = typer.Typer(
    help="Portal links, cancellations and win-back for companies that sell subscriptions through Stripe.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(serve.serve)
app.command()(demo.demo)
app.command()(doctor.doctor)
app.command()(migrate.migrate)
app.command()(manifest.manifest)
app.add_typer(effects.app, name="effects", help="What the program is to do outside: look, and retry what failed.")
app.add_typer(audit.app, name="audit", help="The record of who did what: look, and verify that it is whole.")
