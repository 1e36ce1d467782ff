"""The settings with which a bot finds a sandbox."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.bot_process import free_port
from sandbox.server import Sandbox
from sandbox.slack import seed

BOT_PORT = 8080


def environment_for(
    sandbox: Sandbox,
    directory: Path,
    *,
    manifest: Callable[..., dict[str, Any]],
    socket_mode: bool = True,
    webhooks: bool = True,
    port: int = BOT_PORT,
) -> dict[str, str]:
    """Install the app of a `manifest` in a sandbox and return the settings with which the bot finds it.

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
        "STRIPE_CALLS_PER_SECOND": "1000",
        "DATABASE_URL": f"sqlite:///{directory / 'winback.db'}",
        "SECRET_KEY": secrets.token_hex(32),
        "CANCELLATIONS_CHANNEL": seed.CANCELLATIONS,
        "APPROVALS_CHANNEL": seed.APPROVALS,
        "CARD_DETAIL": "full",
        "SUPPORT_MEMBERS": seed.SUPPORT_GROUP,
        "MANAGER_MEMBERS": "U0MANAGER1,U0MANAGER2",
        "ADMIN_MEMBERS": "U0ADMIN001",
        "VIEWER_MEMBERS": "U0VIEWER01",
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
