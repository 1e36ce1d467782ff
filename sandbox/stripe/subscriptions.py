"""What happens to a running subscription: asked to end, taken back, ended, paused, changed."""

from __future__ import annotations

from typing import Any

from sandbox.stripe.catalog import plan_of
from sandbox.stripe.customers import merge_metadata
from sandbox.stripe.discounts import Discounts
from sandbox.stripe.errors import Refusal, missing
from sandbox.stripe.invoices import Invoices
from sandbox.stripe.ledger import Json, Ledger

UPDATED = "customer.subscription.updated"
OVER = {"canceled", "incomplete_expired"}
LIVE = {"active", "trialing", "past_due", "unpaid", "paused"}
REASONS = (
    "customer_service",
    "low_quality",
    "missing_features",
    "other",
    "switched_service",
    "too_complex",
    "too_expensive",
    "unused",
)


class Subscriptions:
    """Subscriptions after their sign-up."""

    def __init__(self, ledger: Ledger, invoices: Invoices, discounts: Discounts) -> None:
        self._ledger = ledger
        self._invoices = invoices
        self._discounts = discounts

    def ask_to_end(self, subscription: Json) -> None:
        """Schedule the end as the portal does at the period's end.

        Classic billing sets the flag and the moment; flexible billing only the moment, the last item's period end
        (Stripe: Compare billing modes, scheduled subscription cancellation).

        Raises:
            Refusal: it has ended already.
        """
        _require_running(subscription)
        end = max(item["current_period_end"] for item in subscription["items"]["data"])
        classic = subscription["billing_mode"]["type"] == "classic"
        with self._ledger.changing(subscription, event=UPDATED):
            self._schedule(subscription, cancel_at=end, at_period_end=classic)

    def take_back(self, subscription: Json) -> None:
        """Unschedule the end; nothing of the request stays.

        Raises:
            Refusal: it has ended already.
        """
        _require_running(subscription)
        with self._ledger.changing(subscription, event=UPDATED):
            self._unschedule(subscription)

    def end(self, subscription: Json, *, reason: str | None, at_schedule: bool = False) -> None:
        """End it for good, now; `at_schedule` keeps the request's fields, as at a period's end.

        Raises:
            Refusal: it has ended already.
        """
        _require_running(subscription)
        now = self._ledger.now
        if not at_schedule:
            subscription |= {"cancel_at": None, "cancel_at_period_end": False, "canceled_at": now}
        if reason:
            subscription["cancellation_details"] = subscription["cancellation_details"] | {"reason": reason}
        subscription |= {"ended_at": now, "status": "canceled", "pause_collection": None, "status_details": None}
        for invoice in self._invoices.of(subscription, status="open"):
            invoice["auto_advance"] = False
            invoice["next_payment_attempt"] = None
        self._ledger.emit("customer.subscription.deleted", subscription)

    def answer(
        self,
        subscription: Json,
        *,
        feedback: str | None,
        comment: str | None = None,
        feedback_option: str | None = None,
    ) -> None:
        """Write down why, on a subscription that is to end or has ended; a second event of its own."""
        with self._ledger.changing(subscription, event=UPDATED):
            subscription["cancellation_details"] = subscription["cancellation_details"] | {
                "comment": comment,
                "feedback": feedback,
                "feedback_option": feedback_option,
            }

    def set_status(self, subscription: Json, status: str) -> None:
        """Move between `active`, `past_due` and `unpaid`; the customer is delinquent in the latter two."""
        with self._ledger.changing(subscription, event=UPDATED):
            subscription["status"] = status
        customer = self._ledger.objects["customer"].get(subscription["customer"])
        if customer is not None:
            with self._ledger.changing(customer, event="customer.updated"):
                customer["delinquent"] = status in {"past_due", "unpaid"}

    def pause(self, subscription: Json, *, why: str = "pause_requested") -> None:
        """Pause it really: nothing is billed or served until it is resumed (Stripe: Pause a subscription).

        Raises:
            Refusal: it has ended already.
        """
        _require_running(subscription)
        subscription["status"] = "paused"
        subscription["status_details"] = {
            "paused": {"subscription": {"type": why}, "transitioned_at": self._ledger.now, "type": "subscription"}
        }
        self._ledger.emit("customer.subscription.paused", subscription)

    def pause_collection(self, subscription: Json, behavior: str | None, *, resumes_at: int | None = None) -> None:
        """Stop collecting payments, the status staying as it is; `behavior=None` starts again."""
        with self._ledger.changing(subscription, event=UPDATED):
            subscription["pause_collection"] = behavior and {"behavior": behavior, "resumes_at": resumes_at}

    def update(self, subscription: Json, changes: dict[str, Any]) -> Json:
        """Do what the API's update does with these parameters.

        Raises:
            Refusal: it has ended and more than details and metadata is to change, or both ways to cancel are given.
        """
        if changes.keys() - {"metadata", "cancellation_details"}:
            _require_running(subscription)
        if {"cancel_at", "cancel_at_period_end"} <= changes.keys():
            raise Refusal(
                "Received both cancel_at_period_end and cancel_at parameters. Please pass in only one.",
                code="parameters_exclusive",
            )
        with self._ledger.changing(subscription, event=UPDATED):
            self._change(subscription, changes)
        return subscription

    def cancel(self, subscription: Json, details: dict[str, Any]) -> Json:
        """Do what the API's cancel does: end it at once.

        Raises:
            Refusal: it has ended already; Stripe then says that there is no such subscription.
        """
        if subscription["status"] in OVER:
            raise missing("subscription", subscription["id"], param=None)
        subscription["cancellation_details"] = subscription["cancellation_details"] | details
        self.end(subscription, reason="cancellation_requested")
        return subscription

    def _change(self, subscription: Json, changes: dict[str, Any]) -> None:
        if "metadata" in changes:
            merge_metadata(subscription, changes["metadata"])
        if "cancellation_details" in changes:
            subscription["cancellation_details"] = (
                subscription["cancellation_details"] | changes["cancellation_details"]
            )
        if "cancel_at" in changes:
            self._reschedule(subscription, changes["cancel_at"])
        if changes.get("cancel_at_period_end"):
            end = min(item["current_period_end"] for item in subscription["items"]["data"])
            self._schedule(subscription, cancel_at=end, at_period_end=True)
        elif "cancel_at_period_end" in changes and subscription["cancel_at_period_end"]:
            self._unschedule(subscription)
        if "discounts" in changes:
            self._discounts.replace(subscription, changes["discounts"])
        if "pause_collection" in changes:
            paused = changes["pause_collection"]
            subscription["pause_collection"] = paused and {"resumes_at": None} | paused
        if "default_payment_method" in changes:
            subscription["default_payment_method"] = changes["default_payment_method"]
        for change in changes.get("items", []):
            self._change_item(subscription, change)

    def _reschedule(self, subscription: Json, cancel_at: int | str | None) -> None:
        if cancel_at is None:
            self._unschedule(subscription)
            return
        if isinstance(cancel_at, str):
            ends: list[int] = [item["current_period_end"] for item in subscription["items"]["data"]]
            cancel_at = min(ends) if cancel_at == "min_period_end" else max(ends)
        if cancel_at <= self._ledger.now:
            raise Refusal("cancel_at must be in the future.", param="cancel_at")
        self._schedule(subscription, cancel_at=cancel_at, at_period_end=False)

    def _change_item(self, subscription: Json, change: dict[str, Any]) -> None:
        item = next((each for each in subscription["items"]["data"] if each["id"] == change["id"]), None)
        if item is None:
            raise missing("subscription_item", change["id"], param="items[0][id]")
        if "price" in change:
            price = self._ledger.get("price", change["price"], param="items[0][price]")
            item |= {"price": price, "plan": plan_of(price)}
        if "quantity" in change:
            item["quantity"] = change["quantity"]

    def _schedule(self, subscription: Json, *, cancel_at: int, at_period_end: bool) -> None:
        subscription |= {
            "cancel_at": cancel_at,
            "cancel_at_period_end": at_period_end,
            "canceled_at": self._ledger.now,
            "cancellation_details": subscription["cancellation_details"] | {"reason": "cancellation_requested"},
        }

    def _unschedule(self, subscription: Json) -> None:
        subscription |= {
            "cancel_at": None,
            "cancel_at_period_end": False,
            "canceled_at": None,
            "cancellation_details": dict.fromkeys(subscription["cancellation_details"]),
        }


def _require_running(subscription: Json) -> None:
    if subscription["status"] in OVER:
        raise Refusal(
            "A canceled subscription can only update its cancellation_details and metadata.",
            code="invalid_canceled_subscription_fields",
        )
