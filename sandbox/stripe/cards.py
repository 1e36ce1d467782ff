"""Payment methods: cards and direct debits that customers pay with, and that banks decline."""

from __future__ import annotations

from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import Json, Ledger

_TEST_CARDS = {
    "pm_card_visa": ("visa", "4242", None),
    "pm_card_mastercard": ("mastercard", "4444", None),
    "pm_card_chargeCustomerFail": ("visa", "0341", "card_declined"),
}
"""Brand and last four digits of Stripe's test cards, and the code with which each is declined when it is charged."""


class Cards:
    """The cards and direct debits of all customers; `declines` holds the code of each that its bank refuses."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.declines: dict[str, str] = {}

    def attach(
        self,
        customer: Json,
        *,
        last4: str = "4242",
        brand: str = "visa",
        exp_year: int | None = None,
        fingerprint: str | None = None,
        country: str = "US",
        as_default: bool = True,
    ) -> Json:
        """Give a customer a card and, `as_default`, make it the one invoices are paid with.

        The same `fingerprint` means the same number; by default it follows from the last four digits and the customer.
        """
        return self._attach(
            customer,
            "card",
            {
                "brand": brand,
                "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
                "country": country,
                "display_brand": brand,
                "exp_month": 8,
                "exp_year": exp_year or 2031,
                "fingerprint": fingerprint or f"fp{last4}{customer['id'][-10:]}",
                "funding": "credit",
                "generated_from": None,
                "last4": last4,
                "networks": {"available": [brand], "preferred": None},
                "regulated_status": "unregulated",
                "three_d_secure_usage": {"supported": True},
                "wallet": None,
            },
            as_default=as_default,
        )

    def attach_sepa_debit(self, customer: Json, *, last4: str = "3000") -> Json:
        """Give a customer a SEPA direct debit and make it what invoices are paid with."""
        return self._attach(
            customer,
            "sepa_debit",
            {
                "bank_code": "37040044",
                "branch_code": "",
                "country": "DE",
                "fingerprint": f"fp{last4}{customer['id'][-10:]}",
                "generated_from": {"charge": None, "setup_attempt": None},
                "last4": last4,
            },
            as_default=True,
        )

    def _attach(self, customer: Json, kind: str, details: Json, *, as_default: bool) -> Json:
        ledger = self._ledger
        method = ledger.add(
            {
                "id": ledger.new_id("payment_method"),
                "object": "payment_method",
                "allow_redisplay": "unspecified",
                "billing_details": {
                    "address": customer["address"]
                    or dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state")),
                    "email": customer["email"],
                    "name": customer["name"],
                    "phone": None,
                    "tax_id": None,
                },
                kind: details,
                "created": ledger.now,
                "customer": customer["id"],
                "customer_account": None,
                "livemode": ledger.livemode,
                "metadata": {},
                "type": kind,
            },
            event="payment_method.attached",
        )
        if not as_default:
            return method
        with ledger.changing(customer, event="customer.updated"):
            customer["invoice_settings"] = customer["invoice_settings"] | {"default_payment_method": method["id"]}
        return method

    def attach_by_id(self, identifier: str, customer: Json) -> Json:
        """Attach one of Stripe's test cards, `pm_card_…`, to a customer, as no default (Stripe: Testing).

        ASSUMED[attached-payment-methods]: the words of the two refusals, and that one's own may be attached again.

        Raises:
            Refusal: there is no such payment method, it is another customer's, or it was detached.
        """
        if identifier in _TEST_CARDS:
            brand, last4, decline = _TEST_CARDS[identifier]
            method = self.attach(customer, brand=brand, last4=last4, as_default=False)
            if decline:
                self.declines[method["id"]] = decline
            return method
        method = self._ledger.get("payment_method", identifier)
        if method["customer"] is None:
            raise Refusal(
                "The payment method you provided was detached from a Customer. It may not be used again. To use a "
                "PaymentMethod multiple times, you must attach it to a Customer first.",
                param="payment_method",
            )
        if method["customer"] != customer["id"]:
            raise Refusal("The payment method you provided has already been attached to a customer.")
        return method

    def detach(self, method: Json) -> Json:
        """Take a payment method from its customer for good; what it paid for has it as its default no more.

        Raises:
            Refusal: it is nobody's.
        """
        ledger = self._ledger
        if method["customer"] is None:
            raise Refusal(
                "The payment method you provided is not attached to a customer so detachment is impossible.",
                param="payment_method",
            )
        customer = ledger.objects["customer"].get(method["customer"])
        if customer is not None and customer["invoice_settings"]["default_payment_method"] == method["id"]:
            with ledger.changing(customer, event="customer.updated"):
                customer["invoice_settings"] = customer["invoice_settings"] | {"default_payment_method": None}
        for subscription in ledger.all("subscription", default_payment_method=method["id"]):
            with ledger.changing(subscription, event="customer.subscription.updated"):
                subscription["default_payment_method"] = None
        with ledger.changing(method, event="payment_method.detached"):
            method["customer"] = None
        return method

    def paying(self, subscription: Json) -> Json | None:
        """Find the card a subscription is charged to: its own, else its customer's default (Stripe's order)."""
        customer = self._ledger.objects["customer"].get(subscription["customer"])
        identifier = subscription["default_payment_method"]
        if identifier is None and customer is not None:
            identifier = customer["invoice_settings"]["default_payment_method"]
        return self._ledger.objects["payment_method"].get(identifier) if identifier else None


def charge_details(method: Json) -> Json:
    """Return what a charge shows of the payment method it was made with (Stripe: The Charge object)."""
    details = method[method["type"]]
    if method["type"] == "sepa_debit":
        debit = {key: details[key] for key in ("bank_code", "branch_code", "country", "fingerprint", "last4")}
        mandate = f"mandate_{method['id'].partition('_')[2]}"
        return {"sepa_debit": debit | {"expected_debit_date": None, "mandate": mandate}, "type": "sepa_debit"}
    kept = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
    return {"card": {key: details[key] for key in kept}, "type": "card"}
