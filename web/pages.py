"""What customers see: the page behind a portal link, and the way back from the portal."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from flows.portal_links.landing_page import LandingPages
from flows.portal_links.not_asked_for import NotAskedFor, NotAskedForPage
from flows.portal_links.page_answers import (
    CodeTooSoon,
    LinkGone,
    LinkPage,
    LinkUnavailable,
    NotOpened,
    OpenPortal,
    WrongCode,
)
from flows.ports import Clock
from web.rate_limited_routes import PageRoutes
from web.render import Render
from wording.purpose import OPENS, OPENS_OFFER

_TOO_SOON = 60


def routes(
    links: LandingPages, not_asked_for: NotAskedFor, *, render: Render, page_routes: PageRoutes, clock: Clock
) -> list[Route]:
    """Make the pages' routes: opening a page changes nothing, each change is a POST from our own page."""
    pages = _Pages(links, not_asked_for, render=render, clock=clock)
    return [
        page_routes.page("/p/{token}", pages.look, "GET"),
        page_routes.page("/p/{token}", pages.enter, "POST"),
        page_routes.page("/p/{token}/code", pages.send_code, "POST"),
        page_routes.page("/back/{token}", pages.back, "GET"),
        page_routes.page("/n/{token}", pages.look_not_asked_for, "GET"),
        page_routes.page("/n/{token}", pages.end_not_asked_for, "POST"),
    ]


@dataclass(frozen=True, slots=True)
class _Pages:
    links: LandingPages
    not_asked_for: NotAskedFor
    render: Render
    clock: Clock

    async def look(self, request: Request) -> Response:
        token = request.path_params["token"]
        return self._shown(token, await self.links.look(token, now=self.clock()))

    async def send_code(self, request: Request) -> Response:
        token = request.path_params["token"]
        sent = await self.links.send_code(token, now=self.clock())
        return self.render.redirect(f"/p/{token}") if isinstance(sent, LinkPage) else self._shown(token, sent)

    async def enter(self, request: Request) -> Response:
        token = request.path_params["token"]
        async with request.form() as form:
            code = form.get("code")
        entered = await self.links.enter(token, code=code if isinstance(code, str) else None, now=self.clock())
        match entered:
            case OpenPortal():
                return self.render.redirect(entered.url)
            case WrongCode():
                page = await self.links.look(token, now=self.clock())
                return self._shown(token, page, wrong=True, status=422)
            case NotOpened():
                return self.render.page("no_longer.html", status=409, active=entered.active)
            case LinkGone() | LinkUnavailable():
                return self._shown(token, entered)

    async def back(self, request: Request) -> Response:
        if request.method == "HEAD":
            return self.render.page("back.html")
        returned = await self.links.return_from_portal(request.path_params["token"], now=self.clock())
        if isinstance(returned, LinkGone):
            return self._gone(returned)
        return self.render.page("back.html") if returned is None else self.render.redirect(returned)

    async def look_not_asked_for(self, request: Request) -> Response:
        token = request.path_params["token"]
        return self._not_asked_for(token, await self.not_asked_for.look(token), pressed=False)

    async def end_not_asked_for(self, request: Request) -> Response:
        token = request.path_params["token"]
        return self._not_asked_for(token, await self.not_asked_for.end(token, now=self.clock()), pressed=True)

    def _not_asked_for(self, token: str, page: NotAskedForPage | LinkUnavailable, *, pressed: bool) -> Response:
        if isinstance(page, LinkUnavailable):
            return self.render.not_now(page.why, reference=page.reference, pressed=pressed)
        status = 404 if page.state == "unknown" else 200
        return self.render.form("not_asked_for.html", onward=False, status=status, path=f"/n/{token}", page=page)

    def _shown(
        self,
        token: str,
        page: LinkPage | LinkGone | CodeTooSoon | LinkUnavailable,
        *,
        wrong: bool = False,
        status: int = 200,
    ) -> Response:
        path = f"/p/{token}"
        match page:
            case LinkPage():
                return self.render.form(
                    "link.html",
                    onward=True,
                    status=status,
                    path=path,
                    page=page,
                    opens=OPENS_OFFER if page.offer else OPENS[page.purpose],
                    wrong=wrong,
                )
            case LinkGone():
                return self._gone(page)
            case CodeTooSoon():
                return self.render.page("too_soon.html", status=429, retry_after=_TOO_SOON, path=path)
            case LinkUnavailable(why=why, reference=reference):
                return self.render.not_now(why, reference=reference)

    def _gone(self, gone: LinkGone) -> Response:
        return self.render.page("gone.html", status=410 if gone.known else 404)
