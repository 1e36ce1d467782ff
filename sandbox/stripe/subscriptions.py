"""What happens to a running subscription: asked to end, taken back, ended, paused, changed."""

from __future__ import annotations

from typing import Any

from sandbox.stripe.amendments import Amendments
from sandbox.stripe.customers import merge_metadata
from sandbox.stripe.cycle import UPDATED, Cycle
from sandbox.stripe.errors import Refusal, missing
from sandbox.stripe.invoices import Invoices
from sandbox.stripe.ledger import OVER, Json, Ledger

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

    def __init__(self, ledger: Ledger, invoices: Invoices, cycle: Cycle, amendments: Amendments) -> None:
        self._ledger = ledger
        self._invoices = invoices
        self._cycle = cycle
        self._amendments = amendments

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
        """Do what the API's update does with these parameters: all of it, or nothing if any is refused.

        Raises:
            Refusal: it has ended and more than details and metadata is to change, both ways to cancel are given, the
                end is past, or what is to be amended cannot be.
        """
        if changes.keys() - {"metadata", "cancellation_details"}:
            _require_running(subscription)
        if {"cancel_at", "cancel_at_period_end"} <= changes.keys():
            raise Refusal(
                "Received both cancel_at_period_end and cancel_at parameters. Please pass in only one.",
                code="parameters_exclusive",
            )
        if isinstance(end := changes.get("cancel_at"), int) and end <= self._ledger.now:
            raise Refusal("cancel_at must be in the future.", param="cancel_at")
        amendment = self._amendments.read(subscription, changes)
        with self._ledger.changing(subscription, event=UPDATED):
            if "metadata" in changes:
                merge_metadata(subscription, changes["metadata"])
            details = subscription["cancellation_details"]
            subscription["cancellation_details"] = details | changes.get("cancellation_details", {})
            invoice = self._amendments.make(subscription, amendment)
            self._plan_end(subscription, changes)
        if invoice is not None:
            self._cycle.collect(subscription, invoice)
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

    def _plan_end(self, subscription: Json, changes: dict[str, Any]) -> None:
        ends: list[int] = [item["current_period_end"] for item in subscription["items"]["data"]]
        if changes.get("cancel_at_period_end"):
            self._schedule(subscription, cancel_at=min(ends), at_period_end=True)
        elif "cancel_at_period_end" in changes and subscription["cancel_at_period_end"]:
            self._unschedule(subscription)
        elif "cancel_at" in changes:
            asked = changes["cancel_at"]
            end = {"min_period_end": min(ends), "max_period_end": max(ends)}.get(asked, asked)
            if end is None:
                self._unschedule(subscription)
            else:
                self._schedule(subscription, cancel_at=end, at_period_end=False)

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
