"""Terms of a subscription: how it is collected, and who may change it."""

from __future__ import annotations

from typing import Any

from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import Json


def collection(method: str, days_until_due: int | None) -> Json:
    """Return how a subscription's invoices are collected, as its fields.

    Raises:
        Refusal: an invoice that is sent has no due date.
    """
    sent = method == "send_invoice"
    if sent and days_until_due is None:
        raise Refusal(
            "You must pass `days_until_due` when `collection_method` is `send_invoice`.", param="days_until_due"
        )
    return {"collection_method": method, "days_until_due": days_until_due if sent else None}


def resets_cycle(subscription: Json, changes: dict[str, Any]) -> bool:
    """Return whether the billing cycle is to begin again (Stripe: Billing cycle, "Reset the billing cycle").

    ASSUMED[cycle-reset]: for all items at once, whatever their intervals, and not while a trial runs.

    Raises:
        Refusal: a trial runs.
    """
    anew = bool(changes.get("billing_cycle_anchor", {}).get("type") == "now")
    if anew and subscription["status"] == "trialing":
        raise Refusal("The billing cycle cannot be reset while a trial runs.", param="billing_cycle_anchor")
    return anew


def require_unscheduled(subscription: Json, changes: dict[str, Any]) -> None:
    """Let a subscription be changed directly.

    ASSUMED[scheduled-subscriptions]: a schedule leads cancellation, items and trial, and nothing else.
    ASSUMED[ended-schedules]: `schedule` names one only while it leads: one that is over or released leaves null.

    Raises:
        Refusal: a schedule leads what is to change.
    """
    led = {"cancel_at", "cancel_at_period_end", "billing_cycle_anchor", "items", "trial_end"} & changes.keys()
    if subscription["schedule"] is not None and led:
        raise Refusal(
            f"The subscription is managed by the subscription schedule `{subscription['schedule']}`, and updating "
            f"{', '.join(sorted(led))} directly is not allowed. Please update the schedule instead.",
            param=min(led),
        )
