"""Money moving: payment intents, their charges, refunds and disputes."""

from __future__ import annotations

from sandbox.stripe.cards import Cards, charge_details
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import DAY, Json, Ledger

MESSAGES = {
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "insufficient_funds": "Your card has insufficient funds.",
    "lost_card": "Your card was declined.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
}
OWN_CODES = {"expired_card", "incorrect_cvc", "processing_error"}
"""Decline codes that are also an error's `code`; every other one comes with `card_declined` (Stripe: Decline codes)."""


class Payments:
    """Charges against cards, and what banks and staff do to them later."""

    def __init__(self, ledger: Ledger, cards: Cards) -> None:
        self._ledger = ledger
        self._cards = cards

    def open_intent(self, invoice: Json) -> Json:
        """Make the payment intent that all attempts to pay an invoice share."""
        ledger = self._ledger
        identifier = ledger.new_id("payment_intent")
        return ledger.add(
            {
                "id": identifier,
                "object": "payment_intent",
                "amount": invoice["amount_due"],
                "amount_capturable": 0,
                "amount_details": {"tip": {}},
                "amount_received": 0,
                "application": None,
                "application_fee_amount": None,
                "automatic_payment_methods": None,
                "canceled_at": None,
                "cancellation_reason": None,
                "capture_method": "automatic",
                "client_secret": f"{identifier}_secret_{identifier[-8:]}",
                "confirmation_method": "automatic",
                "created": ledger.now,
                "currency": invoice["currency"],
                "customer": invoice["customer"],
                "customer_account": None,
                "description": invoice["description"],
                "excluded_payment_method_types": None,
                "last_payment_error": None,
                "latest_charge": None,
                "livemode": ledger.livemode,
                "metadata": {},
                "next_action": None,
                "on_behalf_of": None,
                "payment_method": None,
                "payment_method_configuration_details": None,
                "payment_method_options": {},
                "payment_method_types": ["card"],
                "processing": None,
                "receipt_email": None,
                "review": None,
                "setup_future_usage": None,
                "shipping": None,
                "source": None,
                "statement_descriptor": None,
                "statement_descriptor_suffix": None,
                "status": "requires_payment_method",
                "transfer_data": None,
                "transfer_group": None,
            },
            event="payment_intent.created",
        )

    def charge(self, intent: Json, card: Json) -> bool:
        """Try to take an intent's money from a card; tell whether the bank let us."""
        declined = self._cards.declines.get(card["id"])
        charge = self._ledger.add(self._charge(intent, card, declined))
        intent["latest_charge"] = charge["id"]
        if declined:
            intent["last_payment_error"] = {
                "advice_code": None,
                "charge": charge["id"],
                "code": charge["failure_code"],
                "decline_code": declined if card["type"] == "card" else None,
                "doc_url": f"https://stripe.com/docs/error-codes/{charge['failure_code'].replace('_', '-')}",
                "message": charge["failure_message"],
                "network_advice_code": None,
                "network_decline_code": None,
                "payment_method": card,
                "type": "card_error",
            }
            self._ledger.emit("charge.failed", charge)
            self._ledger.emit("payment_intent.payment_failed", intent)
            return False
        intent |= {
            "amount_received": intent["amount"],
            "last_payment_error": None,
            "payment_method": card["id"],
            "status": "succeeded",
        }
        self._ledger.emit("charge.succeeded", charge)
        self._ledger.emit("payment_intent.succeeded", intent)
        return True

    def refund(self, charge: Json, amount: int | None = None) -> Json:
        """Give money back, all that is left unless an amount in minor units is said."""
        ledger = self._ledger
        back = charge["amount"] - charge["amount_refunded"] if amount is None else amount
        refund = ledger.add(
            {
                "id": ledger.new_id("refund"),
                "object": "refund",
                "amount": back,
                "balance_transaction": None,
                "charge": charge["id"],
                "created": ledger.now,
                "currency": charge["currency"],
                "destination_details": {
                    "card": {
                        "reference_status": "pending",
                        "reference_type": "acquirer_reference_number",
                        "type": "refund",
                    },
                    "type": "card",
                },
                "metadata": {},
                "payment_intent": charge["payment_intent"],
                "reason": "requested_by_customer",
                "receipt_number": None,
                "source_transfer_reversal": None,
                "status": "succeeded",
                "transfer_reversal": None,
            }
        )
        charge["amount_refunded"] += back
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        ledger.emit("charge.refunded", charge)
        ledger.emit("refund.created", refund)
        return refund

    def dispute(self, charge: Json, reason: str = "fraudulent") -> Json:
        """Let the cardholder's bank claim a charge back."""
        ledger = self._ledger
        with ledger.changing(charge, event="charge.updated"):
            charge["disputed"] = True
        return ledger.add(
            {
                "id": ledger.new_id("dispute"),
                "object": "dispute",
                "amount": charge["amount"],
                "balance_transactions": [],
                "charge": charge["id"],
                "created": ledger.now,
                "currency": charge["currency"],
                "enhanced_eligibility_types": [],
                "evidence": {"enhanced_evidence": {}},
                "evidence_details": {
                    "due_by": ledger.now + 7 * DAY,
                    "enhanced_eligibility": {},
                    "has_evidence": False,
                    "past_due": False,
                    "submission_count": 0,
                    "submission_method": "not_submitted",
                },
                "is_charge_refundable": False,
                "livemode": ledger.livemode,
                "metadata": {},
                "payment_intent": charge["payment_intent"],
                "reason": reason,
                "status": "needs_response",
            },
            event="charge.dispute.created",
        )

    def accept_dispute(self, dispute: Json) -> Json:
        """Let a dispute be lost, as the API's close does (the SDK's `DisputeService.close`: "irreversible").

        Raises:
            Refusal: it is over already.
        """
        if dispute["status"] in {"lost", "won"}:
            raise Refusal("This dispute is already closed.", param="dispute")
        dispute["status"] = "lost"
        self._ledger.emit("charge.dispute.closed", dispute)
        return dispute

    def _charge(self, intent: Json, card: Json, declined: str | None) -> Json:
        ledger = self._ledger
        # ASSUMED[debit-errors]: a debit's failure code is also the error's.
        code = declined if declined in OWN_CODES or card["type"] != "card" else "card_declined"
        message = MESSAGES.get(declined, "Your card was declined.") if declined else None
        return {
            "id": ledger.new_id("charge"),
            "object": "charge",
            "amount": intent["amount"],
            "amount_captured": 0 if declined else intent["amount"],
            "amount_refunded": 0,
            "application": None,
            "application_fee": None,
            "application_fee_amount": None,
            "balance_transaction": None,
            "billing_details": card["billing_details"],
            "calculated_statement_descriptor": "SANDBOX",
            "captured": not declined,
            "created": ledger.now,
            "currency": intent["currency"],
            "customer": intent["customer"],
            "description": intent["description"],
            "disputed": False,
            "failure_balance_transaction": None,
            "failure_code": code if declined else None,
            "failure_message": message,
            "fraud_details": {},
            "livemode": ledger.livemode,
            "metadata": {},
            "on_behalf_of": None,
            "outcome": {
                "advice_code": None,
                "network_advice_code": None,
                "network_decline_code": None,
                "network_status": "declined_by_network" if declined else "approved_by_network",
                "reason": declined,
                "risk_level": "normal",
                "seller_message": "The bank returned the decline code." if declined else "Payment complete.",
                "type": "issuer_declined" if declined else "authorized",
            },
            "paid": not declined,
            "payment_intent": intent["id"],
            "payment_method": card["id"],
            "payment_method_details": charge_details(card),
            "radar_options": {},
            "receipt_email": None,
            "receipt_number": None,
            "receipt_url": None,
            "refunded": False,
            "review": None,
            "shipping": None,
            "source": None,
            "source_transfer": None,
            "statement_descriptor": None,
            "statement_descriptor_suffix": None,
            "status": "failed" if declined else "succeeded",
            "transfer_data": None,
            "transfer_group": None,
        }
