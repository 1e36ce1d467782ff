"""Whose requests the pages take: of their own forms, and not too often for one link or from one address."""

import math
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from domain.keyring import token_digest
from domain.person import ascii_domain
from flows.ports import Clock
from web.rate_limit import Rate, RateLimit, network_of
from web.render import Render


@dataclass(frozen=True, slots=True)
class SameOrigin:
    """ASGI middleware for pages: refuses a POST that names another origin.

    That is one whose `Sec-Fetch-Site` is present and not "same-origin" (Fetch Metadata, W3C), or whose `Origin` is
    present and not ours. Browsers send both; what sends neither is no browser, and holds no cookie of ours.
    """

    app: ASGIApp
    origin: str
    refusal: Callable[[], Response]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        headers = Headers(scope=scope)
        site = headers.get("sec-fetch-site", "same-origin")
        foreign = site != "same-origin" or any(origin != self.origin for origin in headers.getlist("origin"))
        if scope["method"] == "POST" and foreign:
            await self.refusal()(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def origin_of(url: str) -> str:
    """Return a URL's origin as browsers write it."""
    parts = urlsplit(url)
    port = "" if parts.port in {None, {"https": 443, "http": 80}.get(parts.scheme)} else f":{parts.port}"
    host = ascii_domain(parts.hostname or "")
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


_TOKEN = re.compile(r"[\w-]{43}", re.ASCII)
_LARGEST_FORM = 10_000  # bytes; a code has six, what was agreed some seventy
_PER_LINK = Rate(burst=20, every=timedelta(seconds=3))
_PER_ADDRESS = Rate(burst=120, every=timedelta(seconds=1))

Handler = Callable[[Request], Awaitable[Response]]


class PageRoutes:
    """Makes the routes of pages whose paths have a `token`, of which `origin` is the one that may post forms.

    What is no token gets a 404 before anything is counted. All pages share their limits, but for those to unsubscribe:
    nothing else uses theirs up.
    """

    def __init__(self, *, render: Render, origin: str, wall: Clock) -> None:
        self._render = render
        self._origin = origin
        self._wall = wall
        self._limits = _Limits()
        self._unsubscribe_limits = _Limits()

    def page(self, path: str, handler: Handler, method: str) -> Route:
        """Make a route for our own pages: a press on another site's button is refused."""
        refusal = partial(self._render.page, "cross_site.html", status=403)
        own = [Middleware(SameOrigin, origin=self._origin, refusal=refusal)]
        limited = self._limited(handler, self._limits)
        return Route(path, limited, methods=[method], middleware=own, max_body_size=_LARGEST_FORM)

    def unsubscribe(self, path: str, handler: Handler, method: str) -> Route:
        """Make a route that others may post to as well, as mail providers do (RFC 8058)."""
        limited = self._limited(handler, self._unsubscribe_limits)
        return Route(path, limited, methods=[method], max_body_size=_LARGEST_FORM)

    def _limited(self, handler: Handler, limits: "_Limits") -> Handler:
        async def knock(request: Request) -> Response:
            token = request.path_params["token"]
            if not _TOKEN.fullmatch(token):
                return self._render.page("gone.html", status=404)
            wait = limits.take(token, request.client.host if request.client else "", wall=self._wall())
            if wait is None:
                await request.body()  # one that is too large ends here, before anything is done
                return await handler(request)
            seconds = math.ceil(wait.total_seconds())
            return self._render.page("too_many.html", status=429, retry_after=seconds)

        return knock


class _Limits:
    def __init__(self) -> None:
        self._links = RateLimit(_PER_LINK)
        self._addresses = RateLimit(_PER_ADDRESS)

    def take(self, token: str, address: str, *, wall: datetime) -> timedelta | None:
        """Take one for the address and one for the token, whose digest is all that is remembered of it."""
        wait = self._addresses.take(network_of(address), wall=wall)
        return wait or self._links.take(token_digest(token), wall=wall)
