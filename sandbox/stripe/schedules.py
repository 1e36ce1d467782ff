"""Subscription schedules: phases that lead a subscription, each with its own items, from one moment to the next."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from sandbox.stripe.customers import merge_metadata
from sandbox.stripe.cycle import UPDATED
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import OVER, Due, Json, Ledger
from sandbox.stripe.prices import require_sold_in, sellable
from sandbox.stripe.subscriptions import Subscriptions


class Schedules:
    """The schedules that were made from a running subscription; the other way of making one isn't modelled."""

    def __init__(self, ledger: Ledger, subscriptions: Subscriptions) -> None:
        self._ledger = ledger
        self._subscriptions = subscriptions

    def create(self, subscription: Json) -> Json:
        """Let a schedule lead a subscription: one phase, its current period with its items (`from_subscription`).

        Raises:
            Refusal: the subscription is over, or a schedule leads it already.
        """
        ledger = self._ledger
        if subscription["status"] in OVER:
            raise Refusal(
                f"You cannot migrate a subscription that is already in the `{subscription['status']}` status to a "
                "schedule.",
                param="from_subscription",
            )
        if subscription["schedule"] is not None:
            raise Refusal(
                "You cannot migrate a subscription that is already attached to a schedule: "
                f"`{subscription['schedule']}`.",
                param="from_subscription",
            )
        items = subscription["items"]["data"]
        start = min(item["current_period_start"] for item in items)
        end = max(item["current_period_end"] for item in items)
        lines = [{"price": item["price"]["id"], "quantity": item["quantity"]} for item in items]
        schedule: Json = {
            "id": ledger.new_id("subscription_schedule"),
            "object": "subscription_schedule",
            "application": None,
            "billing_mode": subscription["billing_mode"],
            "canceled_at": None,
            "completed_at": None,
            "created": ledger.now,
            "current_phase": {"start_date": start, "end_date": end},
            "customer": subscription["customer"],
            "customer_account": None,
            "default_settings": _DEFAULTS | {"collection_method": subscription["collection_method"]},
            "end_behavior": "release",
            "livemode": ledger.livemode,
            "metadata": {},
            "pause_schedules": [],
            "phases": [_phase({"items": lines, "start_date": start, "end_date": end}, subscription["currency"])],
            "released_at": None,
            "released_subscription": None,
            "status": "active",
            "subscription": subscription["id"],
            "test_clock": None,
        }
        ledger.add(schedule, event="subscription_schedule.created")
        with ledger.changing(subscription, event=UPDATED):
            subscription["schedule"] = schedule["id"]
        return schedule

    def update(self, schedule: Json, changes: dict[str, Any]) -> Json:
        """Replace the phases from the current one on, change what happens after the last, or the metadata.

        Raises:
            Refusal: it leads nothing any more, or the phases don't follow one another from the current one's start.
        """
        self._require_active(schedule, "update")
        subscription = self._ledger.get("subscription", schedule["subscription"])
        phases = self._read(schedule, changes["phases"], subscription["currency"]) if "phases" in changes else None
        with self._ledger.changing(schedule, event="subscription_schedule.updated"):
            merge_metadata(schedule, changes.get("metadata", {}))
            schedule["end_behavior"] = changes.get("end_behavior", schedule["end_behavior"])
            if phases is not None:
                schedule["phases"] = phases
        self._begin(schedule, next(each for each in schedule["phases"] if each["end_date"] > self._ledger.now))
        return schedule

    def release(self, schedule: Json, *, preserve_cancel_date: bool = False) -> Json:
        """Leave the subscription as it is, without a schedule; an end that the schedule has set goes with it.

        Raises:
            Refusal: it leads nothing any more.
        """
        self._require_active(schedule, "release")
        subscription = self._ledger.get("subscription", schedule["subscription"])
        with self._ledger.changing(subscription, event=UPDATED):
            subscription["schedule"] = None
            if schedule["end_behavior"] == "cancel" and not preserve_cancel_date:
                subscription["cancel_at"] = None
        with self._ledger.changing(schedule, event="subscription_schedule.released"):
            schedule |= {
                "current_phase": None,
                "released_at": self._ledger.now,
                "released_subscription": subscription["id"],
                "status": "released",
                "subscription": None,
            }
        return schedule

    def cancel(self, schedule: Json) -> Json:
        """End the schedule and its subscription at once (Stripe: Cancel a schedule).

        Raises:
            Refusal: it leads nothing any more.
        """
        self._require_active(schedule, "cancel")
        subscription = self._ledger.get("subscription", schedule["subscription"])
        with self._ledger.changing(schedule, event="subscription_schedule.canceled"):
            schedule |= {"canceled_at": self._ledger.now, "current_phase": None, "status": "canceled"}
        subscription["schedule"] = None
        self._subscriptions.end(subscription, reason="cancellation_requested")
        return schedule

    def dues(self) -> Iterator[Due]:
        """List when the current phase of each schedule ends."""
        for schedule in self._ledger.all("subscription_schedule", status="active"):
            if self._ledger.get("subscription", schedule["subscription"])["status"] in OVER:
                continue
            yield schedule["current_phase"]["end_date"], partial(self._next_phase, schedule)

    def _next_phase(self, schedule: Json) -> None:
        """Begin the phase that follows, or do what `end_behavior` says.

        ASSUMED[ended-schedules]: a schedule that is over and releases has the status `released`, not `completed`.
        """
        coming = next((each for each in schedule["phases"] if each["end_date"] > self._ledger.now), None)
        if coming is not None:
            with self._ledger.changing(schedule, event="subscription_schedule.updated"):
                self._begin(schedule, coming)
        elif schedule["end_behavior"] == "release":
            self.release(schedule)
        else:
            subscription = self._ledger.get("subscription", schedule["subscription"])
            with self._ledger.changing(schedule, event="subscription_schedule.completed"):
                schedule |= {"completed_at": self._ledger.now, "current_phase": None, "status": "completed"}
            subscription["schedule"] = None
            self._subscriptions.end(subscription, reason=None, at_schedule=True)

    def _begin(self, schedule: Json, phase: Json) -> None:
        """Give the subscription a phase's items, and the end that the schedule plans for it.

        ASSUMED[scheduled-subscriptions]: such an end sets `cancel_at` alone, with no request and no reason.
        """
        subscription = self._ledger.get("subscription", schedule["subscription"])
        schedule["current_phase"] = {"start_date": phase["start_date"], "end_date": phase["end_date"]}
        last = schedule["phases"][-1]["end_date"]
        with self._ledger.changing(subscription, event=UPDATED):
            if schedule["end_behavior"] == "cancel":
                subscription["cancel_at"] = last
            elif subscription["canceled_at"] is None:
                subscription["cancel_at"] = None
        changes = _items(subscription["items"]["data"], phase["items"])
        if changes:
            subscription["schedule"] = None  # it is the schedule that changes them
            self._subscriptions.update(
                subscription, {"items": changes, "proration_behavior": phase["proration_behavior"]}
            )
            subscription["schedule"] = schedule["id"]

    def _read(self, schedule: Json, asked: list[Json], currency: str) -> list[Json]:
        """Read phases; each begins where the one before ends, and none may be past but those that are."""
        now, at = self._ledger.now, schedule["current_phase"]["start_date"]
        if not asked:
            raise Refusal("You must provide at least one phase.", param="phases")
        for index, phase in enumerate(asked):
            name = f"phases[{index}]"
            start = phase.setdefault("start_date", at)
            if start != at:
                raise Refusal(
                    "The start date of the current phase can't be changed; each phase begins as the one before ends.",
                    param=f"{name}[start_date]",
                )
            if phase["end_date"] <= max(start, now):
                raise Refusal(
                    "The end_date of a phase must be after its start_date and in the future.", param=f"{name}[end_date]"
                )
            at = phase["end_date"]
            for place, item in enumerate(phase["items"]):
                price = sellable(self._ledger, item["price"], param=f"{name}[items][{place}][price]")
                require_sold_in(price, currency, param=f"{name}[items][{place}][price]")
        return [_phase(each, currency) for each in asked]

    def _require_active(self, schedule: Json, what: str) -> None:
        if schedule["status"] != "active":
            raise Refusal(
                f"You cannot {what} a subscription schedule that is currently in the `{schedule['status']}` status. It "
                "must be in the `not_started` or `active` status."
            )


_DEFAULTS: Json = {
    "application_fee_percent": None,
    "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
    "billing_cycle_anchor": "automatic",
    "billing_thresholds": None,
    "collection_method": "charge_automatically",
    "default_payment_method": None,
    "description": None,
    "invoice_settings": {
        "account_tax_ids": None,
        "custom_fields": None,
        "days_until_due": None,
        "description": None,
        "footer": None,
        "issuer": {"account": None, "type": "self"},
    },
    "on_behalf_of": None,
    "transfer_data": None,
}


def _phase(asked: Json, currency: str) -> Json:
    own = {key: None for key in _DEFAULTS if key != "automatic_tax"}
    return own | {
        "add_invoice_items": [],
        "currency": currency,
        "default_tax_rates": [],
        "discounts": [],
        "end_date": asked["end_date"],
        "items": [
            {
                "billing_thresholds": None,
                "discounts": [],
                "metadata": {},
                "plan": item["price"],
                "price": item["price"],
                "quantity": item.get("quantity", 1),
                "tax_rates": [],
            }
            for item in asked["items"]
        ],
        "metadata": {},
        "proration_behavior": asked.get("proration_behavior", "create_prorations"),
        "start_date": asked["start_date"],
        "trial_end": None,
    }


def _items(standing: list[Json], wanted: list[Json]) -> list[Json]:
    """Return what an update must change for a subscription to have these items."""
    if [(each["price"]["id"], each["quantity"]) for each in standing] == [
        (each["price"], each["quantity"]) for each in wanted
    ]:
        return []
    changed = [{"price": each["price"], "quantity": each["quantity"]} for each in wanted]
    for item, change in zip(standing, changed, strict=False):
        change["id"] = item["id"]
    return changed + [{"id": item["id"], "deleted": True} for item in standing[len(wanted) :]]
