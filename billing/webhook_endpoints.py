"""The check of this bot's webhook endpoint at Stripe: is it there, is it enabled, does it send what the bot needs?"""

from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

import stripe

from billing.client import Client
from flows.failures import Refused, Unavailable
from flows.health import Check

TITLE = "Stripe: webhook endpoint"
_WHERE = "Stripe's Dashboard under Developers, Webhooks"
_ALL = "*"
_PORTS = {"https": 443, "http": 80}


async def check_endpoint(client: Client, url: str | None, event_types: Collection[str]) -> Check:
    """Look for the endpoint with this bot's `url` (None: the settings have no webhook); others don't matter.

    What is wrong keeps nobody from starting: events that no webhook delivers are polled. An endpoint's API version is
    only mentioned, as events of any version can be read.
    """
    if url is None:
        return Check(name=TITLE, ok=True, sentence="None is set up for this bot; it asks Stripe for events by itself.")
    try:
        async with client.reading("list webhook endpoints"):
            listed = await client.v1.webhook_endpoints.list_async({"limit": 100})
            endpoints = [each async for each in listed.auto_paging_iter()]
    except (Refused, Unavailable) as fault:
        lost = (
            f"Could not be checked: {fault.why} It should be {url}, with the events: {', '.join(sorted(event_types))}."
        )
        return Check(name=TITLE, ok=True, sentence=lost)
    ours = [each for each in endpoints if _place(each.url) == _place(url)]
    if not ours:
        return _wrong(_elsewhere(endpoints, url), f"Add an endpoint with the URL {url} in {_WHERE}.")
    enabled = [each for each in ours if each.status == "enabled"]
    if not enabled:
        return _wrong(f"The endpoint {url} is {ours[0].status}: Stripe sends it nothing.", f"Enable it in {_WHERE}.")
    sent = {event_type for each in enabled for event_type in each.enabled_events}
    missing = sorted(set(event_types) - sent) if _ALL not in sent else []
    if missing:
        sentence = f"The endpoint {url} does not get these events: {', '.join(missing)}."
        return _wrong(sentence, f"Add them to the endpoint in {_WHERE}.")
    return Check(name=TITLE, ok=True, sentence=f"{url} is enabled and gets every event needed. {_versions(enabled)}")


def _wrong(sentence: str, fix: str) -> Check:
    later = "Until then the bot asks Stripe for missed events every few minutes."
    return Check(name=TITLE, ok=False, sentence=sentence, fix=f"{fix} {later}", needed=False)


def _elsewhere(endpoints: Sequence[stripe.WebhookEndpoint], url: str) -> str:
    """Return that none is ours, with the host of one that looks like it was meant to be."""
    path = urlsplit(url).path
    hosts = sorted(
        {urlsplit(each.url).netloc.rpartition("@")[2] for each in endpoints if urlsplit(each.url).path == path}
    )
    similar = f" One with the same path is at another address: {', '.join(hosts)}." if hosts else ""
    return f"No endpoint of the account has this bot's URL, {url}.{similar}"


def _versions(enabled: Sequence[stripe.WebhookEndpoint]) -> str:
    named = sorted({each.api_version or "the account's default" for each in enabled})
    return f"It sends API version {', '.join(named)}; this bot asks for {stripe.api_version} and reads older ones too."


def _place(url: str) -> tuple[str, str | None, int | None, str]:
    """Return what makes two addresses the same."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    try:
        port = parts.port
    except ValueError:
        port = -1
    return scheme, parts.hostname, port or _PORTS.get(scheme), parts.path
