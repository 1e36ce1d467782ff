"""Webhook endpoints: events signed and delivered as Stripe does it, again and again until they are taken."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import aiohttp

from sandbox.stripe.ledger import API_VERSION, Json, Ledger

LONGEST_WAIT = 8.0
"""Seconds between two attempts at most; Stripe waits hours, nobody in the sandbox does."""
TIMEOUT = 10.0
ACCOUNT_VERSION = API_VERSION
"""The account's default API version."""
BASIL = "2025-03-31.basil"


@dataclass(frozen=True)
class Endpoint:
    """A URL that wants events, and the secret it is signed with; `shown` is the object as Stripe shows it."""

    shown: Json
    secret: str

    @property
    def id(self) -> str:
        return str(self.shown["id"])

    @property
    def url(self) -> str:
        return str(self.shown["url"])

    def wants(self, event: Json) -> bool:
        """Return whether the endpoint is enabled, and for this type."""
        types = self.shown["enabled_events"]
        return self.shown["status"] == "enabled" and ("*" in types or event["type"] in types)


@dataclass(frozen=True)
class Attempt:
    """One delivery: the HTTP status, or `None` when nobody answered."""

    event: Json
    url: str
    status: int | None


class Webhooks:
    """Deliveries to all endpoints.

    In mode "automatic" each event is sent as it happens; in mode "held" it waits in `held` until somebody calls
    `deliver`, in any order and as often as they like.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._endpoints: list[Endpoint] = []
        self._deliveries: set[asyncio.Task[None]] = set()
        self._client: aiohttp.ClientSession | None = None
        self.mode: Literal["automatic", "held"] = "automatic"
        self.held: list[Json] = []
        self.log: list[Attempt] = []
        self._logged = asyncio.Event()
        self.observers: list[Callable[[Json], None]] = []
        ledger.on_event.append(self._on_event)

    def add(
        self,
        url: str,
        secret: str,
        *,
        api_version: str | None = API_VERSION,
        enabled_events: Sequence[str] = ("*",),
        **details: Any,
    ) -> Endpoint:
        """Deliver events from now on to `url`, signed with `secret`; `api_version` None: the account's default."""
        ledger = self._ledger
        shown: Json = {
            "id": ledger.new_id("webhook_endpoint"),
            "object": "webhook_endpoint",
            "api_version": api_version,
            "application": None,
            "created": ledger.now,
            "description": None,
            "enabled_events": list(enabled_events),
            "livemode": ledger.livemode,
            "metadata": {},
            "status": "enabled",
            "url": url,
            **details,
        }
        endpoint = Endpoint(ledger.add(shown), secret)
        self._endpoints.append(endpoint)
        return endpoint

    def remove(self, endpoint: Endpoint) -> None:
        """Deliver no more; what waits for another attempt is dropped, as when an endpoint is disabled at Stripe."""
        self._endpoints.remove(endpoint)
        del self._ledger.objects["webhook_endpoint"][endpoint.id]

    def by_id(self, identifier: str) -> Endpoint:
        """Find an endpoint.

        Raises:
            Refusal: Stripe knows none by this id.
        """
        shown = self._ledger.get("webhook_endpoint", identifier)
        return next(each for each in self._endpoints if each.shown is shown)

    async def deliver(self, event: Json) -> list[int | None]:
        """Send one event once to every endpoint, and tell their answers: statuses, `None` for no answer.

        It need not be one of the account's own: an event of a connected account, or one that Stripe sends twice.
        """
        return [await self._attempt(event, endpoint) for endpoint in self._wanting(event)]

    async def settled(self) -> None:
        """Wait until no delivery is under way or waiting to be tried again."""
        while self._deliveries:
            await asyncio.wait(self._deliveries)

    async def tried(self, times: int) -> None:
        """Wait until `log` holds so many attempts."""
        while len(self.log) < times:
            self._logged.clear()
            await self._logged.wait()

    async def stop(self) -> None:
        """Give up everything under way."""
        for task in self._deliveries:
            task.cancel()
        await asyncio.gather(*self._deliveries, return_exceptions=True)
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _on_event(self, event: Json) -> None:
        event["pending_webhooks"] = len(self._wanting(event))
        if self.mode == "held":
            self.held.append(event)
            return
        for endpoint in self._wanting(event):
            task = asyncio.get_running_loop().create_task(self._deliver_until_taken(event, endpoint))
            self._deliveries.add(task)
            task.add_done_callback(self._deliveries.discard)

    def _wanting(self, event: Json) -> list[Endpoint]:
        return [endpoint for endpoint in self._endpoints if endpoint.wants(event)]

    async def _deliver_until_taken(self, event: Json, endpoint: Endpoint) -> None:
        wait = 1.0
        while endpoint in self._wanting(event):
            status = await self._attempt(event, endpoint)
            if status is not None and 200 <= status < 300:
                return
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    async def _attempt(self, event: Json, endpoint: Endpoint) -> int | None:
        if self._client is None:
            self._client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(TIMEOUT))
        for observer in self.observers:
            observer(event)
        body = as_json(rendered(event, endpoint.shown["api_version"]))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": sign(body, endpoint.secret, int(time.time())),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        status: int | None = None
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with self._client.post(endpoint.url, data=body, headers=headers, allow_redirects=False) as answer:
                await answer.read()
                status = answer.status
        self.log.append(Attempt(event, endpoint.url, status))
        self._logged.set()
        if status is not None and 200 <= status < 300:
            event["pending_webhooks"] = max(0, event.get("pending_webhooks", 0) - 1)
        return status


def rendered(event: Json, api_version: str | None) -> Json:
    """Show an event as an endpoint of an API version gets it; None: at the account's default version.

    Stripe: Set your API version, "Webhooks". Of what changed between versions only the billing period is followed: it
    lay on the subscription until basil (Stripe: changelog, 2025-03-31, "Deprecates subscription-level period fields").
    """
    version = api_version or ACCOUNT_VERSION
    shown = {**event, "api_version": version}
    seen = event["data"]["object"]
    items = seen["items"]["data"] if seen.get("object") == "subscription" and "items" in seen else []
    if version >= BASIL or not items:
        return shown
    period = {name: items[0][name] for name in ("current_period_start", "current_period_end")}
    items = [{key: value for key, value in item.items() if key not in period} for item in items]
    older = {**seen, **period, "items": {**seen["items"], "data": items}}
    return shown | {"data": {**event["data"], "object": older}}


def sign(body: bytes, secret: str, timestamp: int) -> str:
    """Make the `Stripe-Signature` header for a body at a moment of the wall clock, in Unix seconds."""
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={signed}"


def as_json(obj: Json) -> bytes:
    """Write JSON in one line; Stripe spreads it over many, which takes Python several times as long."""
    try:
        return json.dumps(obj, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half of a surrogate pair has no bytes in UTF-8, only its escape in JSON
        return json.dumps(obj).encode()
