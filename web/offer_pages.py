"""An offer's pages: what the customer would pay and when, accepting, and *Undo*."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from flows.portal_links.page_answers import LinkUnavailable
from flows.ports import Clock
from flows.winback.offers.accept import OfferAcceptance
from flows.winback.offers.answers import (
    Accepted,
    InProgress,
    NoThanks,
    OfferChanged,
    OfferPage,
    PageClosed,
    RedirectToStripe,
    Undone,
    UndoPage,
)
from flows.winback.offers.undo import UndoPages
from web.rate_limited_routes import PageRoutes
from web.render import Render
from wording.accept_page import button, caption, heading, opening, remarks
from wording.by_invoice import open_invoice
from wording.no_thanks import REASONS
from wording.offer_for_customer import offered
from wording.reader import Reader
from wording.schedule import FirstPayment, schedule

_CLOSED = {
    "unknown": 404,
    "expired": 410,
    "withdrawn": 410,
    "used": 410,
    "undo_over": 410,
    "taken_back": 410,
    "back": 409,
    "impossible": 409,
    "costs_more": 409,
}
_CHANGED = 409
_TAKEN_DOWN = 202


def routes(
    acceptance: OfferAcceptance,
    undoing: UndoPages,
    *,
    render: Render,
    page_routes: PageRoutes,
    reader: Reader,
    clock: Clock,
) -> list[Route]:
    """Make the routes of offers: opening a page changes nothing, each change is a POST from our own page."""
    offers = _OfferPages(acceptance, render=render, reader=reader, clock=clock)
    undo = _UndoPages(undoing, render=render, reader=reader, clock=clock)
    return [
        page_routes.page("/o/{token}", offers.look, "GET"),
        page_routes.page("/o/{token}", offers.accept, "POST"),
        page_routes.page("/o/{token}/no", offers.say_no, "POST"),
        page_routes.page("/undo/{token}", undo.look, "GET"),
        page_routes.page("/undo/{token}", undo.undo, "POST"),
    ]


@dataclass(frozen=True, slots=True)
class _OfferPages:
    acceptance: OfferAcceptance
    render: Render
    reader: Reader
    clock: Clock

    async def look(self, request: Request) -> Response:
        token = request.path_params["token"]
        page = await self.acceptance.look(token, now=self.clock())
        match page:
            case OfferPage():
                return self._offer(token, page)
            case Accepted() | InProgress() | PageClosed():
                return self._told(token, page)
            case LinkUnavailable(why=why, reference=reference):
                return self.render.not_now(why, reference=reference)

    async def accept(self, request: Request) -> Response:
        token = request.path_params["token"]
        async with request.form() as form:
            agreed = form.get("agreed")
        said = agreed if isinstance(agreed, str) else ""
        answer = await self.acceptance.accept(token, agreed=said, now=self.clock())
        match answer:
            case RedirectToStripe(url=url):
                return self.render.redirect(url)
            case OfferChanged(page=page):
                return self._offer(token, page, status=_CHANGED, changed=True)
            case Accepted() | InProgress() | PageClosed():
                return self._told(token, answer)
            case LinkUnavailable(why=why, reference=reference):
                return self.render.not_now(why, reference=reference, pressed=True)

    async def say_no(self, request: Request) -> Response:
        token = request.path_params["token"]
        async with request.form() as form:
            given = form.get("why")
        why = given if isinstance(given, str) else None
        answer = await self.acceptance.say_no(token, why=why, now=self.clock())
        match answer:
            case NoThanks(expires_at=expires_at, asks_why=asks_why):
                return self.render.form(
                    "no_thanks.html",
                    onward=False,
                    path=f"/o/{token}",
                    until=self.reader.moment(expires_at),
                    reasons=REASONS if asks_why else {},
                    told=why is not None and not asks_why,
                )
            case Accepted() | InProgress() | PageClosed():
                return self._told(token, answer)
            case LinkUnavailable(why=why, reference=reference):
                return self.render.not_now(why, reference=reference, pressed=True)

    def _offer(self, token: str, page: OfferPage, *, status: int = 200, changed: bool = False) -> Response:
        terms, first = page.terms, page.first
        payment = None
        if first is not None:
            before_tax = first.before_tax if first.tax is not None else None
            payment = FirstPayment(due=first.due, at=first.due_at, before_tax=before_tax)
        return self.render.form(
            "offer.html",
            onward=True,
            status=status,
            path=f"/o/{token}",
            page=page,
            changed=changed,
            heading=heading(terms, reader=self.reader),
            caption=caption(terms),
            payments=schedule(terms, first=payment, reader=self.reader),
            opening=opening(terms, first=payment, reader=self.reader),
            open_invoice=open_invoice(page.open_invoice, reader=self.reader),
            remarks=remarks(terms, first=payment, reader=self.reader),
            button=button(terms, first=payment, reader=self.reader),
            until=self.reader.moment(page.expires_at),
        )

    def _told(self, token: str, answer: Accepted | InProgress | PageClosed) -> Response:
        match answer:
            case Accepted():
                return self._accepted(answer)
            case InProgress():
                return self.render.page("doing.html", status=_TAKEN_DOWN, path=f"/o/{token}")
            case PageClosed():
                return closed(self.render, answer)

    def _accepted(self, answer: Accepted) -> Response:
        terms, undo_until = answer.terms, answer.undo_until
        first = FirstPayment.agreed(answer.first_due, terms)
        undo = undo_until is not None and self.clock() < undo_until
        return self.render.page(
            "accepted.html",
            plan=answer.plan,
            terms=terms,
            offered=offered(terms, reader=self.reader),
            opening=opening(terms, first=first, reader=self.reader),
            caption=caption(terms),
            payments=schedule(terms, first=first, reader=self.reader),
            remarks=remarks(terms, first=first, reader=self.reader),
            undo_until=self.reader.moment(undo_until) if undo_until is not None and undo else None,
        )


@dataclass(frozen=True, slots=True)
class _UndoPages:
    undoing: UndoPages
    render: Render
    reader: Reader
    clock: Clock

    async def look(self, request: Request) -> Response:
        token = request.path_params["token"]
        return self._shown(token, await self.undoing.look(token, now=self.clock()), pressed=False)

    async def undo(self, request: Request) -> Response:
        token = request.path_params["token"]
        return self._shown(token, await self.undoing.undo(token, now=self.clock()), pressed=True)

    def _shown(
        self, token: str, page: UndoPage | Undone | InProgress | PageClosed | LinkUnavailable, *, pressed: bool
    ) -> Response:
        path = f"/undo/{token}"
        match page:
            case UndoPage():
                return self.render.form(
                    "undo.html",
                    onward=False,
                    path=path,
                    page=page,
                    offered=offered(page.terms, reader=self.reader),
                    until=self.reader.moment(page.undo_until),
                )
            case Undone():
                return self.render.page("undone.html")
            case InProgress():
                return self.render.page("doing.html", status=_TAKEN_DOWN, path=path)
            case PageClosed():
                return closed(self.render, page)
            case LinkUnavailable(why=why, reference=reference):
                return self.render.not_now(why, reference=reference, pressed=pressed)


def closed(render: Render, page: PageClosed) -> Response:
    """Explain why a link no longer works."""
    return render.page("closed.html", status=_CLOSED[page.why], why=page.why)
