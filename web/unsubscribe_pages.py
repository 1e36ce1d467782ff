"""The page behind the link in every win-back email, and the one click that mail programs offer (RFC 8058)."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from flows.portal_links.page_answers import LinkUnavailable
from flows.ports import Clock
from flows.winback.offers.answers import PageClosed, UnsubscribePage
from flows.winback.offers.unsubscribe import Unsubscribe
from web.offer_pages import closed
from web.rate_limited_routes import PageRoutes
from web.render import Render


def routes(unsubscribing: Unsubscribe, *, render: Render, page_routes: PageRoutes, clock: Clock) -> list[Route]:
    """Make the routes: opening the page changes nothing; any POST unsubscribes, whatever sent it."""
    pages = _UnsubscribePages(unsubscribing, render=render, clock=clock)
    return [
        page_routes.unsubscribe("/u/{token}", pages.look, "GET"),
        page_routes.unsubscribe("/u/{token}", pages.unsubscribe, "POST"),
    ]


@dataclass(frozen=True, slots=True)
class _UnsubscribePages:
    unsubscribing: Unsubscribe
    render: Render
    clock: Clock

    async def look(self, request: Request) -> Response:
        token = request.path_params["token"]
        return self._shown(token, await self.unsubscribing.look(token, now=self.clock()), pressed=False)

    async def unsubscribe(self, request: Request) -> Response:
        token = request.path_params["token"]
        return self._shown(token, await self.unsubscribing.unsubscribe(token, now=self.clock()), pressed=True)

    def _shown(self, token: str, page: UnsubscribePage | PageClosed | LinkUnavailable, *, pressed: bool) -> Response:
        match page:
            case UnsubscribePage():
                return self.render.form("unsubscribe.html", onward=False, path=f"/u/{token}", page=page)
            case PageClosed():
                return closed(self.render, page)
            case LinkUnavailable(why=why, reference=reference):
                return self.render.not_now(why, reference=reference, pressed=pressed)
