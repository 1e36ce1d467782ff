"""Checkout: sessions in which a customer buys a subscription on a page of Stripe's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sandbox.stripe.checkout_session import Line, line_items, shape
from sandbox.stripe.currencies import choose, offered
from sandbox.stripe.customers import Customers
from sandbox.stripe.discounts import Discounts
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import DAY, Due, Json, Ledger
from sandbox.stripe.previews import Previews
from sandbox.stripe.prices import sellable
from sandbox.stripe.taxes import located, tax_rates

CONNECT = ("application_fee_percent", "on_behalf_of", "transfer_data")
MOST_LINES = 20
"""Recurring prices in a session (the SDK's `SessionCreateParams.line_items`)."""
SHORTEST, LONGEST = 30 * 60, DAY
"""Seconds that a session may stay open (Stripe: Create a Checkout Session, `expires_at`)."""


@dataclass(frozen=True)
class Order:
    """What a session's customer gets by *Subscribe*; the session itself shows it in parts only."""

    lines: list[Line]
    currency: str
    discounts: list[dict[str, str]]
    tax_rates: list[Json]
    items: list[tuple[Sequence[Json], Sequence[Json]]]
    automatic_tax: bool
    connect: Json
    metadata: dict[str, str]
    description: str | None


class Checkout:
    """The account's Checkout; `base_url` is where its pages are served.

    Nothing here stops a customer from completing two sessions, or one beside a subscription that runs: Stripe does
    not either.
    """

    def __init__(
        self,
        ledger: Ledger,
        subscribe: Callable[..., Json],
        discounts: Discounts,
        previews: Previews,
        customers: Customers,
    ) -> None:
        self._ledger = ledger
        self._subscribe = subscribe
        self._discounts = discounts
        self._previews = previews
        self._customers = customers
        self._orders: dict[str, Order] = {}
        self.base_url = ""

    def create(self, params: dict[str, Any]) -> Json:
        """Open a session.

        Raises:
            Refusal: something named does not exist or cannot be bought, or parameters exclude one another.
        """
        ledger = self._ledger
        customer = ledger.get("customer", params["customer"], param="customer")
        if {"allow_promotion_codes", "discounts"} <= params.keys():
            raise Refusal(
                "You may only specify one of these parameters: allow_promotion_codes, discounts.",
                param="allow_promotion_codes",
            )
        wanted = params.get("subscription_data", {})
        if "application_fee_percent" in wanted and "transfer_data" not in wanted:  # ASSUMED[platform-fees]
            raise Refusal(
                "You can only apply an `application_fee_percent` on behalf of a connected account.",
                param="subscription_data[application_fee_percent]",
            )
        lines = self._lines(params["line_items"])
        order = Order(
            lines,
            self._currency(customer, lines, params.get("currency")),
            params.get("discounts", []),
            tax_rates(ledger, wanted.get("default_tax_rates", ())),
            [((), tax_rates(ledger, each.get("tax_rates", ()))) for each in params["line_items"]],
            self._automatic_tax(customer, params),
            {name: wanted[name] for name in CONNECT if name in wanted},
            wanted.get("metadata", {}),
            wanted.get("description"),
        )
        session = shape(ledger, customer, params, expires_at=self._expiry(params.get("expires_at")))
        session["url"] = f"{self.base_url}/{session['id']}"
        self._take(session, order)
        return ledger.add(session)

    def use_code(self, session: Json, typed: str) -> None:
        """Take a promotion code that the customer types, in any case of letters, in the place of any before it.

        Raises:
            Refusal: there is no such code, it is not this customer's, or it cannot be redeemed.
        """
        codes = self._ledger.all("promotion_code", active=True)
        found = [each for each in codes if each["code"].casefold() == typed.casefold()]
        own = next((each for each in found if each["customer"] in {None, session["customer"]}), None)
        if own is None:
            raise Refusal("This code is invalid.")
        self._take(session, replace(self._orders[session["id"]], discounts=[{"promotion_code": own["id"]}]))

    def expire(self, session: Json) -> None:
        """Close an open session for good.

        Raises:
            Refusal: it is complete or has expired already.
        """
        if session["status"] != "open":
            raise Refusal(
                'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status '
                f"of `{session['status']}`."
            )
        session |= {"status": "expired", "url": None}
        self._ledger.emit("checkout.session.expired", session)

    def dues(self) -> Iterator[Due]:
        """List the open sessions, each with the end of its time before it."""
        for session in self._ledger.all("checkout.session", status="open"):
            yield session["expires_at"], partial(self.expire, session)

    def complete(self, session: Json, card: Json | None) -> None:
        """Subscribe the customer of an open session and take the first payment from a card that is good for it.

        The card, if there is one, becomes the subscription's own (Stripe: Save payment details in Checkout).

        Raises:
            Refusal: the customer is no longer there, or the discount can no longer be had.
        """
        ledger, order = self._ledger, self._orders[session["id"]]
        customer = ledger.get("customer", session["customer"])
        coupons = self._discounts.read_first(order.discounts, customer["id"], order.lines, order.currency)
        with ledger.asked_by(ledger.new_id("request"), None):
            subscription = self._subscribe(
                customer,
                *order.lines,
                coupons=coupons,
                currency=order.currency,
                tax_rates=order.tax_rates,
                items=order.items,
                automatic_tax=order.automatic_tax,
                connect=order.connect,
                metadata=order.metadata,
                description=order.description,
                default_payment_method=card["id"] if card else None,
            )
            for identifier in subscription["discounts"]:
                ledger.objects["discount"][identifier]["checkout_session"] = session["id"]
            session |= {
                "invoice": subscription["latest_invoice"],
                "payment_status": "paid" if session["amount_total"] else "no_payment_required",
                "status": "complete",
                "subscription": subscription["id"],
                "url": None,
            }
            ledger.emit("checkout.session.completed", session)

    def wants_address(self, session: Json) -> bool:
        """Return whether the page has to ask where the customer is, so that they can be taxed."""
        customer = self._ledger.get("customer", session["customer"])
        return self._orders[session["id"]].automatic_tax and not located(customer)

    def take_address(self, session: Json, country: str) -> None:
        """Keep the address from the page as the customer's, and show what it comes to there."""
        self._customers.update(self._ledger.get("customer", session["customer"]), {"address": {"country": country}})
        self._take(session, self._orders[session["id"]])

    def _automatic_tax(self, customer: Json, params: Json) -> bool:
        enabled: bool = params.get("automatic_tax", {}).get("enabled", False)
        if enabled and not located(customer) and params.get("customer_update", {}).get("address") != "auto":
            raise Refusal(
                "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address "
                "to the Customer or set `customer_update[address]` to 'auto' to save the address entered in Checkout "
                "to the Customer.",
                code="customer_tax_location_invalid",
            )
        return enabled

    def _take(self, session: Json, order: Order) -> None:
        """Make a session's order this one, and show what it comes to."""
        customer = self._ledger.get("customer", session["customer"])
        _, invoice = self._previews.starting(
            customer,
            order.lines,
            discounts=order.discounts,
            tax_rates=order.tax_rates,
            items=order.items,
            automatic_tax=order.automatic_tax and located(customer),
            currency=order.currency,
        )
        session |= line_items(self._ledger, session["id"], order.lines, invoice)
        session["automatic_tax"] = _automatic_tax(order.automatic_tax, invoice)
        session["discounts"] = [{"coupon": None, "promotion_code": None} | each for each in order.discounts]
        self._orders[session["id"]] = order

    def _lines(self, asked: list[Json]) -> list[Line]:
        if len(asked) > MOST_LINES:
            raise Refusal(f"You may only have {MOST_LINES} line items with recurring prices.", param="line_items")
        lines: list[Line] = []
        for index, each in enumerate(asked):
            param = f"line_items[{index}]"
            price = sellable(self._ledger, each["price"], param=f"{param}[price]")
            metered = price["recurring"]["usage_type"] == "metered"
            if metered is ("quantity" in each):
                raise Refusal(
                    "Quantity should not be defined when `recurring.usage_type=metered`."
                    if metered
                    else f"Quantity is required. Add `quantity` to `{param}`.",
                    param=f"{param}[quantity]",
                )
            if not metered and each["quantity"] < 1:  # ASSUMED[checkout-lines]
                raise Refusal("This value must be greater than or equal to 1.", param=f"{param}[quantity]")
            lines.append((price, each.get("quantity", 1)))
        if len({(price["recurring"]["interval"], price["recurring"]["interval_count"]) for price, _ in lines}) > 1:
            raise Refusal(  # ASSUMED[checkout-lines]
                "Checkout does not support multiple prices with different billing intervals.", param="line_items"
            )
        return lines

    def _currency(self, customer: Json, lines: list[Line], asked: str | None) -> str:
        currency = choose(customer, [price for price, _ in lines], asked)
        for index, (price, _) in enumerate(lines):
            if currency not in offered(price):
                raise Refusal(
                    f"The price specified supports currencies of `{'`, `'.join(offered(price))}`. This doesn't match "
                    f"the expected currency: `{currency}`.",
                    param=f"line_items[{index}][price]",
                )
        return currency

    def _expiry(self, asked: int | None) -> int:
        now = self._ledger.now
        if asked is None:
            return now + LONGEST
        if asked < now + SHORTEST:
            raise Refusal(
                "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
                param="expires_at",
            )
        if asked > now + LONGEST:
            raise Refusal(
                "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
                param="expires_at",
            )
        return asked


def _automatic_tax(enabled: bool, invoice: Json) -> Json:  # noqa: FBT001
    return {
        "enabled": enabled,
        "liability": {"type": "self"} if enabled else None,
        "provider": "stripe" if enabled else None,
        "status": (invoice["automatic_tax"]["status"] or "requires_location_inputs") if enabled else None,
    }
