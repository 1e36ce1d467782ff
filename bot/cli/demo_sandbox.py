"""What `winback demo` runs: a sandbox, and the unchanged bot beside it. Needs the extra `demo`."""

import asyncio
import secrets
import signal
from pathlib import Path

import typer

from bot.policy import built_in
from bot.slack.manifest import manifest
from sandbox.bot_process import BotProcess, DiedEarly, free_port
from sandbox.page.welcome import TO_TRY
from sandbox.server import Sandbox
from sandbox.slack import seed
from storage.database import migrate

BOT_PORT = 8080


async def run(directory: Path, port: int) -> None:
    """Run the demo until Ctrl-C, with its files in `directory` and its page on `port` or another free port."""
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    clock_file = directory / "clock"
    sandbox = Sandbox(clock_file=clock_file)
    await sandbox.start(port=port)
    try:
        environment = environment_for(sandbox, directory) | demo_policy(directory)
        await asyncio.to_thread(migrate.upgrade, environment["DATABASE_URL"])
        bot = BotProcess(environment=environment, clock_file=clock_file, log=directory / "bot.log")
        sandbox.faults.on_kill = bot.kill
        await bot.start()
        wanted = {port: sandbox.port, BOT_PORT: int(environment["PORT"]), BOT_PORT + 1: int(environment["ADMIN_PORT"])}
        for taken, instead in wanted.items():
            if taken != instead:
                typer.echo(f"Port {taken} is in use; using {instead} instead.")
        typer.echo(_welcome(sandbox.url, environment, log=directory / "bot.log"))
        watching = asyncio.create_task(_keep_alive(bot))
        await over.wait()
        watching.cancel()
        await bot.stop()
    finally:
        await sandbox.stop()


def _welcome(url: str, environment: dict[str, str], *, log: Path) -> str:
    things = "\n".join(f" {number}. {thing.title}. {thing.words}" for number, thing in enumerate(TO_TRY, start=1))
    return (
        f"The workspace page: {url}\n\nThings to try:\n{things}\n\n"
        f"The bot's log: {log}\nHealth: http://127.0.0.1:{environment['ADMIN_PORT']}/readyz\n"
        "Stop with Ctrl-C. Nothing is kept."
    )


async def _keep_alive(bot: BotProcess) -> None:
    """Restart the bot whenever it ends, as a service manager would."""
    while True:
        status = await bot.ended()
        typer.echo(f"The bot ended ({status}); restarting it.")
        try:
            await bot.start()
        except DiedEarly as died:
            typer.echo(f"It did not start:\n{died}")
            await asyncio.sleep(2)


def demo_policy(directory: Path) -> dict[str, str]:
    """Write a policy without a holdout to `directory`, and return the settings for it."""
    file = directory / "winback.toml"
    file.write_text(policy_without_holdout(), encoding="utf-8")
    return {"POLICY_FILE": str(file), "TIMEZONE": "Europe/Berlin"}


def policy_without_holdout() -> str:
    """Return the built-in policy without a holdout and without sending hours."""
    policy = built_in()
    for there, here in (
        ("holdout = 10", "holdout = 0"),
        ('start = "09:00"', 'start = "00:00"'),
        ('end = "18:00"', 'end = "23:59"'),
        ('"thu", "fri"]', '"thu", "fri", "sat", "sun"]'),
    ):
        if policy.count(there) != 1:
            raise ValueError(f"the built-in policy has no {there} any more, or several")
        policy = policy.replace(there, here)
    return policy


def environment_for(
    sandbox: Sandbox, directory: Path, *, socket_mode: bool = True, webhooks: bool = True, port: int = BOT_PORT
) -> dict[str, str]:
    """Install the app in a sandbox and return the settings with which the bot finds it.

    Slack reaches the bot by Socket Mode or by signed HTTP; Stripe's events by webhooks or by polling alone. With
    neither HTTP nor webhooks the bot has no public address. It listens on `port` and the next, if they are free.
    """
    port, admin_port = free_port(port), free_port(port + 1)
    public_url = f"http://127.0.0.1:{port}"
    installation = sandbox.slack.installation
    sandbox.slack.install(manifest(socket_mode=socket_mode, public_url=public_url))
    environment = {
        "SLACK_BOT_TOKEN": installation.bot_token,
        "SLACK_API_URL": sandbox.slack_api_url,
        "STRIPE_API_KEY": sandbox.stripe.access.restricted_key,
        "STRIPE_API_URL": sandbox.stripe_api_url,
        "DATABASE_URL": f"sqlite:///{directory / 'winback.db'}",
        "SECRET_KEY": secrets.token_hex(32),
        "CANCELLATIONS_CHANNEL": seed.CANCELLATIONS,
        "APPROVALS_CHANNEL": seed.APPROVALS,
        "CARD_DETAIL": "full",
        "SUPPORT_MEMBERS": seed.SUPPORT_GROUP,
        "MANAGER_MEMBERS": "U0MANAGER1,U0MANAGER2",
        "ADMIN_MEMBERS": "U0ADMIN001",
        "SMTP_URL": f"smtp://127.0.0.1:{sandbox.smtp_port}",
        "MAIL_FROM": "billing@northwind-mail.com",
        "COMPANY_NAME": "Northwind",
        "COMPANY_ADDRESS": "Northwind GmbH, Hafenstraße 1, 20457 Hamburg, Germany",
        "SUPPORT_URL": "https://northwind-mail.com/support",
        "PRIVACY_URL": "https://northwind-mail.com/privacy",
        "PORT": str(port),
        "ADMIN_PORT": str(admin_port),
    }
    if socket_mode:
        environment["SLACK_APP_TOKEN"] = installation.app_token
        sandbox.slack.request_url = None
    else:
        environment["SLACK_SIGNING_SECRET"] = installation.signing_secret
        sandbox.slack.request_url = f"{public_url}/slack/events"
    if webhooks:
        secret = f"whsec_{secrets.token_hex(16)}"
        environment["STRIPE_WEBHOOK_SECRETS"] = secret
        sandbox.stripe.webhooks.add(f"{public_url}/stripe/webhook", secret)
    if webhooks or not socket_mode:
        environment["PUBLIC_URL"] = public_url
    return environment
