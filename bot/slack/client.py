"""The one way to Slack's Web API."""

import logging
from datetime import timedelta

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.settings.value_types import on_loopback

TIME_OUT = timedelta(seconds=10)


def slack_client(*, token: str, base_url: str | None) -> AsyncWebClient:
    """Return a client that never repeats a call; `base_url` None is Slack's own.

    The SDK repeats a post after a lost connection by default, so the message could appear twice.
    """
    client = AsyncWebClient(
        token=token,
        base_url=base_url or AsyncWebClient.BASE_URL,
        timeout=int(TIME_OUT.total_seconds()),
        retry_handlers=[],
        logger=sdk_logger(),
    )
    if on_loopback(client.base_url):
        client.proxy = None  # the SDK knows no NO_PROXY
    return client


def webhook(url: str) -> AsyncWebhookClient:
    """Return a client for one `response_url`, which is a secret; it never repeats a call either."""
    client = AsyncWebhookClient(url, timeout=int(TIME_OUT.total_seconds()), retry_handlers=[], logger=sdk_logger())
    if on_loopback(url):
        client.proxy = None
    return client


def sdk_logger() -> logging.Logger:
    """Return the logger for Bolt and the SDK, without the levels at which they log bodies and secrets."""
    logger = logging.getLogger("slack")
    logger.setLevel(logging.WARNING)
    return logger
