"""The pages' routes, with limits on requests for each link and from each address."""

import math
from collections.abc import Awaitable, Callable
from datetime import timedelta

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from flows.ports import Clock
from web.rate_limit import Rate, RateLimit, network_of
from web.render import Render


class SameOrigin:
    """ASGI middleware for pages: refuses a POST whose `Sec-Fetch-Site` is present and not "same-origin".

    Every present browser sends it (Fetch Metadata, W3C); what sends none is no browser, and holds no cookie of ours.
    """

    def __init__(self, app: ASGIApp, *, refusal: Callable[[], Response]) -> None:
        self._app = app
        self._refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        site = Headers(scope=scope).get("sec-fetch-site", "same-origin")
        if scope["method"] == "POST" and site != "same-origin":
            await self._refusal()(scope, receive, send)
        else:
            await self._app(scope, receive, send)


_LARGEST_FORM = 10_000  # bytes; a code has six, what was agreed some seventy
_PER_LINK = Rate(burst=20, every=timedelta(seconds=3))
_PER_ADDRESS = Rate(burst=120, every=timedelta(seconds=1))

Handler = Callable[[Request], Awaitable[Response]]


class PageRoutes:
    """Makes the routes of pages whose paths have a `token`; their limits are shared by all that one of these makes."""

    def __init__(self, *, render: Render, wall: Clock) -> None:
        self._render = render
        self._wall = wall
        self._links = RateLimit(_PER_LINK)
        self._addresses = RateLimit(_PER_ADDRESS)

    def page(self, path: str, handler: Handler, method: str) -> Route:
        """Make a route for our own pages: a press on another site's button is refused."""
        own = [Middleware(SameOrigin, refusal=lambda: self._render.page("cross_site.html", status=403))]
        return Route(path, self._limited(handler), methods=[method], middleware=own, max_body_size=_LARGEST_FORM)

    def open_to_all(self, path: str, handler: Handler, method: str) -> Route:
        """Make a route that others may post to as well, as mail providers do to unsubscribe (RFC 8058)."""
        return Route(path, self._limited(handler), methods=[method], max_body_size=_LARGEST_FORM)

    def _limited(self, handler: Handler) -> Handler:
        async def knock(request: Request) -> Response:
            address = network_of(request.client.host) if request.client else "unknown"
            wait = self._addresses.take(address, wall=self._wall()) or self._links.take(
                request.path_params["token"], wall=self._wall()
            )
            if wait is None:
                await request.body()  # one that is too large ends here, before anything is done
                return await handler(request)
            seconds = math.ceil(wait.total_seconds())
            return self._render.page("too_many.html", status=429, retry_after=seconds)

        return knock
