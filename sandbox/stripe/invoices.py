"""Invoices of subscriptions: paid, tried again, given up."""

from __future__ import annotations

from sandbox.stripe.bills import Bills
from sandbox.stripe.cards import Cards
from sandbox.stripe.currencies import chargeable
from sandbox.stripe.ledger import DAY, Json, Ledger
from sandbox.stripe.payments import Payments

RETRY_AFTER_DAYS = (3, 5, 7)
"""Days between attempts; after the last one Stripe gives up (Stripe: Smart Retries, a custom schedule)."""


class Invoices:
    """Invoices and their payments; `late` are the customers who pay no invoice that is sent to them."""

    def __init__(self, ledger: Ledger, bills: Bills, cards: Cards, payments: Payments) -> None:
        self._ledger = ledger
        self._bills = bills
        self._cards = cards
        self._payments = payments
        self.late: set[str] = set()

    def collect(self, subscription: Json, invoice: Json) -> bool:
        """Try to get an invoice paid; tell whether it is. A failed attempt sets the next one, or none after the last.

        Nothing due is paid at once; an invoice that is sent stays open until its due date, and nothing fails.
        """
        if invoice["amount_due"] == 0:
            self._paid(invoice)
            return True
        if subscription["collection_method"] == "send_invoice":
            return True
        payment = self.payment_of(invoice)
        intent = self._ledger.get("payment_intent", payment["payment"]["payment_intent"])
        # ASSUMED[uneven-amounts]: an invoice that can't be charged exactly fails like one without a card
        card = self._cards.paying(subscription) if chargeable(invoice["amount_due"], invoice["currency"]) else None
        invoice["attempt_count"] += 1
        invoice["attempted"] = True
        if card and self._payments.charge(intent, card):
            payment |= {
                "amount_paid": invoice["amount_due"],
                "status": "paid",
                "status_transitions": {"canceled_at": None, "paid_at": self._ledger.now},
            }
            self._paid(invoice)
            return True
        attempts = invoice["attempt_count"]
        last = attempts > len(RETRY_AFTER_DAYS)
        invoice["next_payment_attempt"] = None if last else self._ledger.now + RETRY_AFTER_DAYS[attempts - 1] * DAY
        self._ledger.emit("invoice.payment_failed", invoice)
        return False

    def fall_due(self, invoice: Json) -> bool:
        """Let the transfer for an invoice that was sent arrive on its last day; tell whether it does."""
        if invoice["customer"] in self.late:
            self._ledger.emit("invoice.overdue", invoice)
            return False
        self._paid(invoice)
        return True

    def payment_of(self, invoice: Json) -> Json:
        """Find the invoice's payment, made together with its intent if it has none yet."""
        payments: list[Json] = invoice["payments"]["data"]
        if not payments:
            intent = self._payments.open_intent(invoice)
            payments.append(
                self._ledger.add(
                    {
                        "id": self._ledger.new_id("invoice_payment"),
                        "object": "invoice_payment",
                        "amount_paid": None,
                        "amount_requested": invoice["amount_due"],
                        "created": self._ledger.now,
                        "currency": invoice["currency"],
                        "invoice": invoice["id"],
                        "is_default": True,
                        "livemode": self._ledger.livemode,
                        "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
                        "status": "open",
                        "status_transitions": {"canceled_at": None, "paid_at": None},
                    }
                )
            )
        return payments[0]

    def of(self, subscription: Json, *, status: str | None = None) -> list[Json]:
        """List a subscription's invoices, oldest first."""
        drawn_up = self._bills.drawn_up[subscription["id"]]
        return [invoice for invoice in drawn_up if status in {None, invoice["status"]}]

    def has_card(self, subscription: Json) -> bool:
        """Return whether there is a card to charge, whatever its bank says."""
        return self._cards.paying(subscription) is not None

    def give_up(self, invoice: Json) -> None:
        """Void an invoice that will never be paid."""
        invoice["status"] = "void"
        invoice["next_payment_attempt"] = None
        invoice["status_transitions"] = invoice["status_transitions"] | {"voided_at": self._ledger.now}
        self._ledger.emit("invoice.voided", invoice)

    def _paid(self, invoice: Json) -> None:
        invoice |= {
            "amount_paid": invoice["amount_due"],
            "amount_remaining": 0,
            "attempted": True,
            "next_payment_attempt": None,
            "status": "paid",
            "status_transitions": invoice["status_transitions"] | {"paid_at": self._ledger.now},
        }
        self._ledger.emit("invoice.paid", invoice)
        self._ledger.emit("invoice.payment_succeeded", invoice)
