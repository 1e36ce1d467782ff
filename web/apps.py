"""The program's two HTTP apps: the public one for Stripe, Slack and customers, and the operator's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from flows.events.receive import EventReceiver
from flows.portal_links.landing_page import LandingPages
from flows.portal_links.not_asked_for import NotAskedFor
from flows.ports import Clock
from flows.winback.offers.accept import OfferAcceptance
from flows.winback.offers.undo import UndoPages
from flows.winback.offers.unsubscribe import Unsubscribe
from web import health, offer_pages, pages, stripe_webhook, unsubscribe_pages
from web.error_boundary import ErrorBoundary
from web.metrics import Metrics
from web.rate_limited_routes import Handler, PageRoutes, origin_of
from web.render import Render
from wording.company import Company
from wording.reader import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPages:
    """The flows behind the pages that customers see. `acceptance` and `undoing` None: no offers are made."""

    links: LandingPages
    not_asked_for: NotAskedFor
    acceptance: OfferAcceptance | None
    undoing: UndoPages | None
    unsubscribing: Unsubscribe


def public_app(
    *,
    event_receiver: EventReceiver | None,
    customers: CustomerPages | None,
    slack: Sequence[BaseRoute],
    company: Company,
    zone: tzinfo,
    public_url: str | None,
    trusted_proxies: Sequence[str],
    metrics: Metrics,
    clock: Clock,
    wall: Clock,
) -> Starlette:
    """Assemble the public app.

    `event_receiver` None: no webhook route. `customers` None: no pages. `slack`: the routes of Slack's requests.
    `zone`: the time zone in which pages say their times. `public_url`: where customers reach the pages; their forms are
    taken from there only. `trusted_proxies`: addresses or networks whose X-Forwarded-For is believed;
    the server before this application must not read that header itself.
    """
    render = Render(company, secure=(public_url or "").startswith("https://"))
    routes: list[BaseRoute] = []
    if event_receiver is not None:
        routes.append(stripe_webhook.route(event_receiver, metrics=metrics, clock=clock, wall=wall))
    routes.extend(slack)
    if customers is not None:
        page_routes = PageRoutes(render=render, origin=origin_of(public_url or ""), wall=wall)
        routes.extend(_pages(customers, render=render, page_routes=page_routes, reader=Reader(zone=zone), clock=clock))
        routes.append(Route("/static/style.css", _style(render)))

    def apology(reference: str) -> Response:
        return render.page("error.html", status=500, reference=reference)

    async def refuse(request: Request, refusal: Exception) -> Response:
        assert isinstance(refusal, HTTPException)  # noqa: S101  # Starlette calls it with nothing else
        if refusal.status_code in {404, 405}:
            response = render.page("nothing.html", status=refusal.status_code)
            response.headers.update(refusal.headers or {})
            return response
        return PlainTextResponse(f"{refusal.detail}\n", refusal.status_code, refusal.headers)

    middleware = [Middleware(ErrorBoundary, metrics=metrics, apology=apology)]
    if trusted_proxies:
        middleware.insert(0, Middleware(ProxyHeadersMiddleware, trusted_hosts=list(trusted_proxies)))
    app = Starlette(routes=routes, middleware=middleware, exception_handlers={HTTPException: refuse})
    app.router.redirect_slashes = False  # it would repeat what the request says of its host
    return app


def admin_app(
    *, checks: health.Checks, status: health.Checks, backlogs: health.Backlogs, metrics: Metrics
) -> Starlette:
    """Assemble the operator's app, which belongs on loopback."""

    def apology(reference: str) -> Response:
        return PlainTextResponse(f"failed, see the log: {reference}\n", 500)

    routes = health.routes(checks=checks, status=status, backlogs=backlogs, metrics=metrics)
    return Starlette(routes=routes, middleware=[Middleware(ErrorBoundary, metrics=metrics, apology=apology)])


def _pages(
    customers: CustomerPages, *, render: Render, page_routes: PageRoutes, reader: Reader, clock: Clock
) -> list[Route]:
    acceptance, undoing = customers.acceptance, customers.undoing
    routes = pages.routes(customers.links, customers.not_asked_for, render=render, page_routes=page_routes, clock=clock)
    if acceptance is not None and undoing is not None:
        routes += offer_pages.routes(
            acceptance, undoing, render=render, page_routes=page_routes, reader=reader, clock=clock
        )
    unsubscribing = customers.unsubscribing
    return routes + unsubscribe_pages.routes(unsubscribing, render=render, page_routes=page_routes, clock=clock)


def _style(render: Render) -> Handler:
    async def style(request: Request) -> Response:
        return render.style()

    return style
