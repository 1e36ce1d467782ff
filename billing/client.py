"""Stripe's SDK client with a timeout for each call, and with failures in three kinds only."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import stripe

from billing.call_limit import CallLimit, LimitedHttp
from billing.errors import failure
from billing.translate import Json
from flows.failures import Refused, Unavailable, Unclear


class Client:
    """Stripe's API under `v1`; call it inside `reading` or `writing`.

    Every function of this room that takes a client raises as these two do. The SDK repeats a read that fails before
    its reply begins, once, and aiohttp each once more if the connection broke. A write is never repeated: the caller
    knows what may be lost. `url` replaces Stripe's address; `timeout` covers a call with all its repeats, but not the
    wait for its turn: at most `calls_per_second` begin.
    """

    def __init__(self, api_key: str, *, url: str | None, timeout: timedelta, calls_per_second: int) -> None:
        logging.getLogger("stripe").setLevel(logging.WARNING)  # below that the SDK logs bodies
        self._timeout = timeout.total_seconds()
        # Without `sock_read` the connection of a stalled reply would never be returned to the pool.
        bounds = aiohttp.ClientTimeout(total=self._timeout, sock_read=self._timeout)
        self._limit = CallLimit(calls_per_second)
        self._http = LimitedHttp(self._limit, timeout=bounds, proxy=_proxy(url or stripe.DEFAULT_API_BASE))
        self._stripe = stripe.StripeClient(
            api_key, base_addresses={"api": url} if url else {}, max_network_retries=1, http_client=self._http
        )
        self.v1 = self._stripe.v1
        self._account_id: str | None = None

    async def close(self) -> None:
        """Close the connections for good."""
        await self._http.close_async()  # type: ignore[no-untyped-call]  # the SDK gives it no types

    async def try_list(self, path: str, expanded: Sequence[str]) -> None:
        """Ask for one entry of a list and leave it unread: the SDK's classes for it, which are large, stay unloaded."""
        expand = {"expand": list(expanded)} if expanded else {}
        await self._stripe.raw_request_async("get", f"/v1/{path}", limit=1, **expand)

    async def read(self, path: str, **asked: Any) -> tuple[Json, Mapping[str, str]]:
        """Return an answer as it came, as plain JSON, and its headers.

        The SDK makes an object of each part of an answer, which takes longer than the rest of the call.
        """
        answer = await self._stripe.raw_request_async("get", f"/v1/{path}", **asked)
        return cast("Json", answer.data), answer.headers

    async def walk(self, path: str, **asked: Any) -> AsyncIterator[Json]:
        """Yield all entries of a list, or of a search, page by page."""
        while True:
            page, _ = await self.read(path, **asked)
            for each in page["data"]:
                yield each
            if not page["has_more"] or not page["data"]:
                return
            # Stripe: Auto-pagination; a search goes on by a token, a list behind its last entry.
            asked |= {"page": page["next_page"]} if "next_page" in page else {"starting_after": page["data"][-1]["id"]}

    async def account_id(self) -> str | None:
        """Return the id of the account that the key is for, read once; None while it can't be read."""
        if self._account_id is None:
            with suppress(Refused, Unavailable):
                async with self.reading("read the account"):
                    account, _ = await self.read("account")
                    self._account_id = str(account["id"])
        return self._account_id

    @asynccontextmanager
    async def reading(self, what: str) -> AsyncIterator[None]:
        """Limit the time of a read and classify its failure; `what` completes the sentence "… when asked to …".

        Raises:
            Refused: trying again won't help; `code` is Stripe's.
            Unavailable: it may.
        """
        try:
            async with self.writing(what):
                yield
        except Unclear as lost:
            raise Unavailable(lost.why) from None

    @asynccontextmanager
    async def writing(self, what: str) -> AsyncIterator[None]:
        """Limit the time of a write and classify its failure.

        Raises:
            Refused: it did not happen, and trying again won't help.
            Unavailable: it did not happen, and trying again may help.
            Unclear: it may have happened.
        """
        try:
            async with self._limit.one_turn(), asyncio.timeout(self._timeout):
                yield
        except TimeoutError:
            raise Unclear(f"Stripe took longer than {self._timeout:g} s when asked to {what}.") from None
        except (stripe.StripeError, aiohttp.ClientError) as error:
            raise failure(error, what) from None


class Part:
    """A part of Stripe's API, called over one client."""

    def __init__(self, client: Client) -> None:
        self._client = client


def is_live(api_key: str) -> bool:
    """Return whether a key is for live mode, by its prefix: `sk_live_…`, `rk_live_…`."""
    return "_live_" in api_key[:8]


def _proxy(url: str) -> str | None:
    """Return the proxy that the environment sets for an address, by HTTPS_PROXY and NO_PROXY for example."""
    address = urlsplit(url)
    return None if proxy_bypass(address.hostname or "") else getproxies().get(address.scheme)
