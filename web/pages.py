"""What customers see: the page behind a portal link, and the way back from the portal."""

import math
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import assert_never

import structlog
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from flows.link_page import Enter, Gone, LinkPage, LinkPages, NoLonger, NotNow, TooSoon, WrongCode
from flows.ports import Clock
from web.rate_limit import Rate, RateLimit, network_of
from web.render import Render
from web.same_origin import SameOrigin
from wording.purpose import opens

_LARGEST_FORM = 10_000  # bytes; a code has six
_PER_LINK = Rate(burst=20, every=timedelta(seconds=3))
_PER_ADDRESS = Rate(burst=120, every=timedelta(seconds=1))

_TOO_SOON = 60
_SHORTLY = 30

Handler = Callable[[Request], Awaitable[Response]]

log = structlog.get_logger(__name__)


def routes(links: LinkPages, *, render: Render, clock: Clock, wall: Clock) -> list[Route]:
    """Make the pages' routes: a look changes nothing, each change is a POST from our own page."""
    pages = _Pages(links, render=render, clock=clock)
    knocking = _Knocking(render=render, wall=wall)
    own = [Middleware(SameOrigin, refusal=lambda: render.page("cross_site.html", status=403))]

    def page(path: str, handler: Handler, method: str) -> Route:
        limited = knocking.limited(handler)
        return Route(path, limited, methods=[method], middleware=own, max_body_size=_LARGEST_FORM)

    return [
        page("/p/{token}", pages.look, "GET"),
        page("/p/{token}", pages.enter, "POST"),
        page("/p/{token}/code", pages.send_code, "POST"),
        page("/back/{token}", pages.back, "GET"),
    ]


class _Pages:
    def __init__(self, links: LinkPages, *, render: Render, clock: Clock) -> None:
        self._links = links
        self._render = render
        self._clock = clock

    async def look(self, request: Request) -> Response:
        token = request.path_params["token"]
        return self._shown(token, await self._links.look(token, now=self._clock()))

    async def send_code(self, request: Request) -> Response:
        token = request.path_params["token"]
        sent = await self._links.send_code(token, now=self._clock())
        return self._render.redirect(f"/p/{token}") if isinstance(sent, LinkPage) else self._shown(token, sent)

    async def enter(self, request: Request) -> Response:
        token = request.path_params["token"]
        async with request.form() as form:
            code = form.get("code")
        entered = await self._links.enter(token, code=code if isinstance(code, str) else None, now=self._clock())
        match entered:
            case Enter():
                return self._render.redirect(entered.url)
            case WrongCode():
                page = await self._links.look(token, now=self._clock())
                return self._shown(token, page, wrong=True, status=422)
            case NoLonger():
                return self._render.page("no_longer.html", status=409, active=entered.active)
            case Gone() | NotNow():
                return self._shown(token, entered)
            case _:
                assert_never(entered)

    async def back(self, request: Request) -> Response:
        if request.method == "HEAD":
            return self._render.page("back.html")
        returned = await self._links.came_back(request.path_params["token"], now=self._clock())
        if isinstance(returned, Gone):
            return self._gone(returned)
        return self._render.page("back.html") if returned is None else self._render.redirect(returned)

    def _shown(
        self, token: str, page: LinkPage | Gone | TooSoon | NotNow, *, wrong: bool = False, status: int = 200
    ) -> Response:
        path = f"/p/{token}"
        match page:
            case LinkPage():
                return self._render.form(
                    "link.html", status=status, path=path, page=page, opens=opens(page.purpose), wrong=wrong
                )
            case Gone():
                return self._gone(page)
            case TooSoon():
                return self._render.page("too_soon.html", status=429, retry_after=_TOO_SOON, path=path)
            case NotNow(why=why, reference=reference):
                log.warning("a page could not be shown", reference=reference, why=why)
                return self._render.page("not_now.html", status=503, retry_after=_SHORTLY, reference=reference)
            case _:
                assert_never(page)

    def _gone(self, gone: Gone) -> Response:
        return self._render.page("gone.html", status=410 if gone.known else 404)


class _Knocking:
    """Limits handlers by the link and by the address that asks."""

    def __init__(self, *, render: Render, wall: Clock) -> None:
        self._render = render
        self._wall = wall
        self._links = RateLimit(_PER_LINK)
        self._addresses = RateLimit(_PER_ADDRESS)

    def limited(self, handler: Handler) -> Handler:
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
