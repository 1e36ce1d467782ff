"""Checkout's pages: what is bought, how it is paid, and what became of it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.stripe.account import Account
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import Json
from sandbox.stripe.payments import MESSAGES
from sandbox.stripe.portal.pages import PAGES

DECLINED = {
    "4000000000000002": "generic_decline",
    "4000000000009995": "insufficient_funds",
    "4000000000000069": "expired_card",
    "4000000000000341": "generic_decline",
}
"""Numbers of cards whose bank says no to a charge, and how (Stripe: Testing)."""
NEW = "new"


class Declined(Exception):
    """No card can be charged, or an address is missing; the words are those that the customer reads."""


class CheckoutPages:
    """The hosted page of each of an account's Checkout Sessions, under the session's id."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def show(self, request: Request) -> Response:
        """Show an open session's form, and of any other what became of it; *Subscribe* posts here."""
        session = self._account.ledger.objects["checkout.session"].get(request.path_params["session"])
        if session is None:
            return self._page("checkout_over", 404, session=None)
        if request.method == "GET":
            return self._shown(session)
        form = await request.form()
        if session["status"] != "open":
            return self._shown(session)
        number = "".join(filter(str.isdigit, str(form.get("number", ""))))
        try:
            if session["allow_promotion_codes"] and "code" in form:
                self._account.checkout.use_code(session, str(form["code"]).strip())
                return self._shown(session)
            self._take_address(session, str(form.get("country", "")))
            self._account.checkout.complete(session, self._card(session, str(form.get("card", "")), number))
        except (Declined, Refusal) as fault:
            return self._shown(session, fault=str(fault))
        return RedirectResponse(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]), 303)

    def _take_address(self, session: Json, country: str) -> None:
        """Keep the address that the page asked for.

        Raises:
            Declined: it was asked for and not given.
        """
        if not self._account.checkout.wants_address(session):
            return
        if not country:
            raise Declined("Your billing address is incomplete.")
        self._account.checkout.take_address(session, country.upper())

    def _card(self, session: Json, chosen: str, number: str) -> Json | None:
        """Find the card that pays, or attach the new one; none where nothing is due and none is asked for.

        Raises:
            Declined: its bank would say no, its number is incomplete, or none is chosen.
        """
        if not _wants_card(session):
            return None
        account = self._account
        on_file = next((card for card in self._cards(session) if card["id"] == chosen), None)
        if on_file is None and chosen != NEW:
            raise Declined("Choose how to pay.")
        if on_file is None and not 13 <= len(number) <= 19:  # the length of a card's number: ISO/IEC 7812
            raise Declined("Your card number is incomplete.")
        code = account.cards.declines.get(chosen) if on_file else DECLINED.get(number)
        if code and session["amount_total"]:
            raise Declined(f"{MESSAGES.get(code, 'Your card was declined.')} Try a different card.")
        if on_file:
            return on_file
        customer = account.ledger.get("customer", session["customer"])
        card = account.cards.attach(customer, last4=number[-4:], as_default=False)
        if code:
            account.cards.declines[card["id"]] = code
        return card

    def _shown(self, session: Json, *, fault: str = "") -> Response:
        if session["status"] != "open":
            return self._page("checkout_over", 410, session=session)
        return self._page(
            "checkout",
            422 if fault else 200,
            session=session,
            items=session["line_items"]["data"],
            cards=self._cards(session),
            wants_address=self._account.checkout.wants_address(session),
            wants_card=_wants_card(session),
            fault=fault,
            new=NEW,
        )

    def _cards(self, session: Json) -> list[Json]:
        """List the cards on file, the default one first."""
        customer = self._account.ledger.objects["customer"].get(session["customer"])
        default = customer and customer["invoice_settings"]["default_payment_method"]
        cards = self._account.ledger.all("payment_method", customer=session["customer"])
        return sorted(cards, key=lambda card: bool(card["id"] != default))

    def _page(self, name: str, status: int, *, session: Json | None, **shown: object) -> Response:
        html = PAGES.get_template(f"{name}.html").render(session=session, **shown)
        return HTMLResponse(html, status, {"Cache-Control": "no-store"})


def _wants_card(session: Json) -> bool:
    return bool(session["amount_total"] or session["payment_method_collection"] == "always")


def routes(account: Account) -> list[BaseRoute]:
    """Serve the Checkout pages of an account."""
    return [Route("/checkout/{session}", CheckoutPages(account).show, methods=["GET", "POST"])]
