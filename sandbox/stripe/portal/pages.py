"""The portal's pages: what a customer sees and clicks behind a portal link, in plain HTML."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.stripe.account import Account
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import Json
from sandbox.stripe.portal.choices import choices, reasons, within
from sandbox.stripe.portal.sessions import Visit
from sandbox.stripe.portal.texts import FILTERS

PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "pages"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
PAGES.filters.update(FILTERS)
DECLINING_CARD = "4000000000000341"
"""Attaches, then declines every charge (Stripe: Testing)."""
PAGE_OF_FLOW = {
    "customer_update": "details",
    "payment_method_update": "card",
    "subscription_cancel": "cancel",
    "subscription_pause": "pause",
    "subscription_update": "plan",
}


class Pages:
    """The pages of one account's portal."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def home(self, request: Request, visit: Visit) -> Response:
        flow = visit.session["flow"]
        if flow and "done" not in request.query_params:
            inner = flow.get(flow["type"]) or {}
            return _go(
                "/".join([_here(request), PAGE_OF_FLOW[flow["type"]], inner.get("subscription", "")]).rstrip("/")
            )
        customer = self._customer(visit)
        return self._page(
            request,
            visit,
            "home",
            subscriptions=self._account.live_subscriptions(customer),
            cards=self._account.ledger.all("payment_method", customer=customer["id"]),
            invoices=list(reversed(self._account.ledger.all("invoice", customer=customer["id"])))[:12],
        )

    async def cancel(self, request: Request, visit: Visit) -> Response:
        subscription = self._subscription(request, visit)
        settings = self._feature(visit, "subscription_cancel")
        if request.method == "GET":
            return self._page(request, visit, "cancel", subscription=subscription, settings=settings)
        if subscription["cancel_at"] is None:
            self._account.request_cancellation(subscription, self._configuration(visit))
        if reasons(self._account.ledger, settings):
            return _go(f"{_here(request)}/survey/{subscription['id']}")
        return self._completed(request, visit)

    async def survey(self, request: Request, visit: Visit) -> Response:
        subscription = self._subscription(request, visit)
        offered = reasons(self._account.ledger, self._feature(visit, "subscription_cancel"))
        if request.method == "GET":
            return self._page(request, visit, "survey", subscription=subscription, reasons=offered)
        form = await request.form()
        reason = str(form.get("reason", ""))
        comment = str(form.get("comment", "")).strip() if reason == "other" else ""
        option = self._account.ledger.objects["billing.feedback_option"].get(reason)
        if reason in offered:
            self._account.answer_survey(subscription, None if option else reason, comment or None, option)
        return self._completed(request, visit)

    async def renew(self, request: Request, visit: Visit) -> Response:
        self._account.take_back(self._subscription(request, visit))
        return _go(f"{_here(request)}?done")

    async def plan(self, request: Request, visit: Visit) -> Response:
        subscription = self._subscription(request, visit)
        settings = self._feature(visit, "subscription_update")
        offered = choices(self._account.ledger, subscription, settings)
        item = subscription["items"]["data"][0]
        if request.method == "GET":
            return self._page(request, visit, "plan", subscription=subscription, item=item, choices=offered)
        form = await request.form()
        chosen = next((each for each in offered if each["price"]["id"] == form.get("price")), None)
        if chosen:
            change = {"id": item["id"], "price": chosen["price"]["id"]}
            if chosen["quantity"]:
                change["quantity"] = within(str(form.get("quantity", "")), chosen["quantity"], item["quantity"] or 1)
            changes = {"items": [change], "proration_behavior": settings["proration_behavior"]}
            if subscription["status"] == "trialing" and settings["trial_update_behavior"] == "end_trial":
                changes["trial_end"] = "now"
            self._account.subscriptions.update(subscription, changes)
        return self._completed(request, visit)

    async def pause(self, request: Request, visit: Visit) -> Response:
        subscription = self._subscription(request, visit)
        self._feature(visit, "subscription_pause")
        if request.method == "GET":
            return self._page(request, visit, "pause", subscription=subscription)
        self._account.subscriptions.pause(subscription)
        return self._completed(request, visit)

    async def card(self, request: Request, visit: Visit) -> Response:
        self._feature(visit, "payment_method_update")
        if request.method == "GET":
            return self._page(request, visit, "card")
        form = await request.form()
        number = "".join(filter(str.isdigit, str(form.get("number", ""))))
        if not 13 <= len(number) <= 19:  # the length of a card's number: ISO/IEC 7812
            return self._page(request, visit, "card", fault="Your card number is incomplete.")
        card = self._account.cards.attach(self._customer(visit), last4=number[-4:])
        if number == DECLINING_CARD:
            self._account.cards.declines[card["id"]] = "generic_decline"
        return self._completed(request, visit)

    async def details(self, request: Request, visit: Visit) -> Response:
        allowed = self._feature(visit, "customer_update")["allowed_updates"]
        if request.method == "GET":
            return self._page(request, visit, "details", allowed=allowed)
        form = await request.form()
        changes = {key: str(form[key]) for key in ("name", "email", "phone") if key in form and key in allowed}
        self._account.customers.update(self._customer(visit), changes)
        return self._completed(request, visit)

    async def expired(self, request: Request) -> Response:
        """Show that the link has expired, and let the customer log in where the session allows it."""
        visit = self._account.portal.find(request.path_params["token"])
        recoverable = visit is not None and visit.session["after_expiration"] is not None
        fault = ""
        if recoverable and request.method == "POST":
            email = str((await request.form()).get("email", "")).strip()
            recovered = self._account.portal.recover(request.path_params["token"], email)
            if recovered:
                return _go(f"{request.scope['root_path']}/portal/{recovered.token}")
            fault = "This is not the address on file."
        page = PAGES.get_template("expired.html")
        return HTMLResponse(page.render(here=_here(request), recoverable=recoverable, fault=fault), 410)

    def route(self, path: str, answer: Callable[[Request, Visit], Awaitable[Response]]) -> Route:
        """Serve a page of an open session under its token; a session that is over gets its own page."""

        async def serve(request: Request) -> Response:
            visit = self._account.portal.visit(request.path_params["token"])
            if visit is None or visit.session["customer"] in self._account.ledger.deleted:
                return await self.expired(request)
            try:
                return await answer(request, visit)
            except Refusal as refusal:
                return self._page(request, visit, "refused", status=404, refusal=str(refusal))

        return Route(f"/portal/{{token}}{path}", serve, methods=["GET", "POST"])

    def _customer(self, visit: Visit) -> Json:
        return self._account.ledger.get("customer", visit.session["customer"])

    def _subscription(self, request: Request, visit: Visit) -> Json:
        subscription = self._account.ledger.get("subscription", request.path_params["subscription"])
        if subscription["customer"] != visit.session["customer"]:
            raise Refusal("This subscription is not yours.")
        return subscription

    def _configuration(self, visit: Visit) -> Json:
        return self._account.ledger.get("billing_portal.configuration", visit.session["configuration"])

    def _feature(self, visit: Visit, name: str) -> Json:
        feature: Json = self._configuration(visit)["features"][name]
        if not feature["enabled"]:
            raise Refusal("This is switched off in the portal's settings.")
        return feature

    def _completed(self, request: Request, visit: Visit) -> Response:
        """Go where the flow says once it is through: away, to a last page, or home."""
        after = (visit.session["flow"] or {}).get("after_completion", {"type": "portal_homepage"})
        if after["type"] == "redirect":
            return _go(after["redirect"]["return_url"])
        if after["type"] == "hosted_confirmation":
            message = (after["hosted_confirmation"] or {}).get("custom_message")
            return self._page(request, visit, "done", message=message)
        return _go(f"{_here(request)}?done")

    def _page(self, request: Request, visit: Visit, name: str, *, status: int = 200, **shown: Any) -> Response:
        configuration = self._configuration(visit)
        html = PAGES.get_template(f"{name}.html").render(
            here=_here(request),
            session=visit.session,
            customer=self._customer(visit),
            features=configuration["features"],
            profile=configuration["business_profile"],
            products=self._account.ledger.objects["product"],
            **shown,
        )
        return HTMLResponse(html, status, {"Cache-Control": "no-store"})


def routes(account: Account) -> list[BaseRoute]:
    """Serve the portal's pages of an account."""
    pages = Pages(account)
    return [
        pages.route("", pages.home),
        pages.route("/card", pages.card),
        pages.route("/details", pages.details),
        pages.route("/cancel/{subscription}", pages.cancel),
        pages.route("/survey/{subscription}", pages.survey),
        pages.route("/renew/{subscription}", pages.renew),
        pages.route("/plan/{subscription}", pages.plan),
        pages.route("/pause/{subscription}", pages.pause),
    ]


def _here(request: Request) -> str:
    return f"{request.scope['root_path']}/portal/{request.path_params['token']}"


def _go(url: str) -> RedirectResponse:
    return RedirectResponse(url, 303)
