"""The Stripe account as its staff sees it: customers, what they have, and what customers, staff and banks can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox.page.bill import code_words, discounts_words, invoice_words, upcoming_words
from sandbox.page.frame import Frame
from sandbox.page.plan import day, subscription_words
from sandbox.seed import CUSTOMERS
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import Json

ABOUT = {seeded.id: seeded.about for seeded in CUSTOMERS.values()}
NEWEST = 12  # events and invoices shown of one customer


class AccountPage:
    """The customers' list, one customer's page and the acts on it."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._account = account = frame.sandbox.stripe
        self._on_subscription: dict[str, Callable[[Json], object]] = {
            "cancel_at_end": account.api_cancel,
            "cancel_now": account.cancel_now,
            "take_back": account.take_back,
            "dispute": account.dispute,
            "pause": lambda it: account.subscriptions.pause_collection(it, "void"),
            "resume": lambda it: account.subscriptions.pause_collection(it, None),
        }
        self._on_customer: dict[str, Callable[[Json], object]] = {
            "fail_payments": account.fail_payments,
            "honour_payments": account.honour_payments,
            "subscribe_again": self._subscribe_again,
            "sign_up_again": self._sign_up_again,
            "delete": account.delete_customer,
        }

    def routes(self) -> list[Route]:
        return [
            Route("/as/{who}/stripe", self.customers),
            Route("/as/{who}/stripe/{customer}", self.customer),
            Route("/as/{who}/stripe/{customer}", self.act, methods=["POST"]),
            Route("/as/{who}/stripe/{customer}/open", self.open_as, methods=["POST"]),
        ]

    async def customers(self, request: Request) -> Response:
        """List customers, who came since the start first; `q` looks in names, addresses, ids and why they are here."""
        wanted = request.query_params.get("q", "").strip()
        everybody = self._account.ledger.objects["customer"]
        newcomers = [one for identifier, one in everybody.items() if identifier not in ABOUT]
        seeded = [everybody[identifier] for identifier in ABOUT if identifier in everybody]
        rows = [row for row in map(self._row, [*reversed(newcomers), *seeded]) if wanted.casefold() in _searched(row)]
        return self._frame.draw(
            request, "stripe.html", here="stripe", customers=rows, wanted=wanted, total=len(everybody)
        )

    async def customer(self, request: Request) -> Response:
        customer = self._customer(request)
        ledger = self._account.ledger
        invoices = ledger.all("invoice", customer=customer["id"])[::-1]
        events = [one for one in reversed(self._account.events) if _is_about(one, customer["id"])]
        cards = ledger.all("payment_method", customer=customer["id"])
        return self._frame.draw(
            request,
            "customer.html",
            here="stripe",
            customer=self._row(customer),
            cards=[f"{card['card']['brand']} ending in {card['card']['last4']}" for card in cards],
            declines=any(card["id"] in self._account.cards.declines for card in cards),
            invoices=[invoice_words(one) for one in invoices[:NEWEST]],
            codes=[code_words(ledger, one) for one in ledger.all("promotion_code", customer=customer["id"])[::-1]],
            notes=[f"{key}: {value}" for key, value in customer["metadata"].items()],
            running={one["id"]: self._running(one) for one in ledger.all("subscription", customer=customer["id"])},
            events=[(one["type"], day(one["created"]), one["id"]) for one in events[:NEWEST]],
        )

    async def act(self, request: Request) -> Response:
        """Do one thing to the customer, or to the subscription that the form names."""
        customer = self._customer(request)
        form = await request.form()
        name, notice = str(form.get("act", "")), ""
        try:
            if name == "update_email":
                self._account.update_email(customer, str(form.get("email", "")).strip())
            elif act := self._on_customer.get(name):
                act(customer)
            elif act := self._on_subscription.get(name):
                act(self._account.ledger.get("subscription", str(form.get("subscription", ""))))
        except Refusal as fault:
            notice = str(fault)
        except IndexError:  # a dispute needs a payment
            notice = "There is no payment that the bank could claim back."
        where = "stripe" if name == "delete" else f"stripe/{customer['id']}"
        if name in {"delete", "sign_up_again"} and not notice:
            return RedirectResponse(f"/as/{self._frame.me(request).handle}/stripe", status_code=303)
        return self._frame.back(request, where, notice=notice)

    async def open_as(self, request: Request) -> Response:
        """Open the customer's portal, as if they had logged in."""
        return RedirectResponse(self._account.portal.open_as(self._customer(request)["id"]), status_code=303)

    def _customer(self, request: Request) -> Json:
        found = self._account.ledger.objects["customer"].get(request.path_params["customer"])
        if found is None:
            raise HTTPException(404, "There is no such customer.")
        return found

    def _row(self, customer: Json) -> dict[str, Any]:
        ledger = self._account.ledger
        subscriptions = ledger.all("subscription", customer=customer["id"])[::-1]
        return {
            "id": customer["id"],
            "name": customer["name"] or "(no name)",
            "email": customer["email"] or "",
            "about": ABOUT.get(customer["id"], ""),
            "since": day(customer["created"]),
            "subscriptions": [subscription_words(one, ledger.objects["product"]) for one in subscriptions],
        }

    def _running(self, subscription: Json) -> dict[str, Any]:
        return {
            "terms": discounts_words(self._account.ledger, subscription),
            "upcoming": upcoming_words(self._account.previews, subscription),
            "resumes": day((subscription["pause_collection"] or {}).get("resumes_at")),
        }

    def _subscribe_again(self, customer: Json) -> None:
        self._account.subscribe(customer, *self._last_bought(customer))

    def _sign_up_again(self, customer: Json) -> None:
        """Make a second customer with the same name and address, who buys what the first one bought last."""
        second = self._account.create_customer(email=customer["email"], name=customer["name"])
        self._account.cards.attach(second)
        self._account.subscribe(second, *self._last_bought(customer))

    def _last_bought(self, customer: Json) -> list[Json | tuple[Json, int]]:
        bought = self._account.ledger.all("subscription", customer=customer["id"])
        if not bought:
            raise Refusal("This customer has never subscribed to anything.")
        items = bought[-1]["items"]["data"]
        return [(item["price"], item["quantity"]) if item.get("quantity") else item["price"] for item in items]


def _searched(row: dict[str, Any]) -> str:
    return f"{row['name']} {row['email']} {row['id']} {row['about']}".casefold()


def _is_about(event: Json, customer_id: str) -> bool:
    subject = event["data"]["object"]
    return customer_id in (subject["id"], subject.get("customer"))
