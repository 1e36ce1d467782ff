"""All words of the command line, and what they share: settings read or every fault at once, clean failures."""

import typer

from bot.cli import audit, backfill, demo, doctor, effects, manifest, migrate, policy, portal, serve, suppress

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
app.command()(backfill.backfill)
app.add_typer(effects.app, name="effects", help="What the program is to do outside: look, and retry what failed.")
app.add_typer(audit.app, name="audit", help="The record of who did what: look, and verify that it is whole.")
app.add_typer(policy.app, name="policy", help="Who is offered what and when: check the file, and try it on past cases.")
app.add_typer(portal.app, name="portal", help="Stripe's customer portal: look at it, check it, set it up.")
app.add_typer(suppress.app, name="suppress", help="Who is never contacted: add one, import many, list all.")
