"""What an update may amend in a running subscription: items, trial, discounts, taxes, card and collection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.stripe.bills import Bills
from sandbox.stripe.cycle import Cycle, begin
from sandbox.stripe.discounts import Discounts
from sandbox.stripe.errors import Refusal, missing
from sandbox.stripe.items import item_of, sold_as, worth
from sandbox.stripe.ledger import Json, Ledger
from sandbox.stripe.periods import add_months
from sandbox.stripe.prices import require_sold_in, sellable
from sandbox.stripe.reductions import of_customer
from sandbox.stripe.taxes import require_location, tax_rates
from sandbox.stripe.terms import collection, require_unscheduled, resets_cycle

LONGEST_TRIAL = 24
"""Months ahead that a trial may end at most (Stripe: Update a subscription, `trial_end`)."""
REASON = "subscription_update"


@dataclass(frozen=True)
class ItemChange:
    """One item from now on; `item` None adds one, `gone` takes it away, what is None of the rest stays as it is."""

    item: Json | None
    price: Json
    quantity: int
    gone: bool = False
    discounts: Sequence[str | Json] | None = None
    tax_rates: Sequence[Json] | None = None


@dataclass(frozen=True)
class Amendment:
    """A whole update as it was read; `trial_end` None leaves the trial, and `discounts` None the discounts, alone.

    `anew`: all periods begin again now.
    """

    items: Sequence[ItemChange]
    trial_end: int | None
    discounts: Sequence[str | Json] | None
    fields: Json
    proration: str
    anew: bool


class Amendments:
    """Reads updates, refusing before anything is changed, and makes them."""

    def __init__(self, ledger: Ledger, bills: Bills, discounts: Discounts, cycle: Cycle) -> None:
        self._ledger = ledger
        self._bills = bills
        self._discounts = discounts
        self._cycle = cycle

    def read(self, subscription: Json, changes: dict[str, Any]) -> Amendment:
        """Check an update's parameters, changing nothing.

        Raises:
            Refusal: an item, price, discount, code, card or tax rate is unknown or unfit, or a time is past.
        """
        ledger, now = self._ledger, self._ledger.now
        require_unscheduled(subscription, changes)
        fields: Json = {}
        if "automatic_tax" in changes:
            enabled = changes["automatic_tax"]["enabled"]
            if enabled:
                require_location(ledger.get("customer", subscription["customer"]))
            fields["automatic_tax"] = subscription["automatic_tax"] | {"enabled": enabled}
        if {"collection_method", "days_until_due"} & changes.keys():
            asked = subscription | changes
            fields |= collection(asked["collection_method"], asked["days_until_due"])
        if "pause_collection" in changes:
            paused = changes["pause_collection"]
            fields["pause_collection"] = paused and {"resumes_at": None} | paused
            if paused and paused.get("resumes_at", now + 1) <= now:
                raise Refusal("resumes_at must be in the future.", param="pause_collection[resumes_at]")
        if "default_payment_method" in changes:
            card = ledger.get("payment_method", changes["default_payment_method"], param="default_payment_method")
            fields["default_payment_method"] = card["id"]
        if "default_tax_rates" in changes:
            fields["default_tax_rates"] = tax_rates(ledger, changes["default_tax_rates"] or ())
        return Amendment(
            [self._read_item(subscription, index, each) for index, each in enumerate(changes.get("items", ()))],
            self._read_trial(changes["trial_end"]) if "trial_end" in changes else None,
            self._read_discounts(subscription, changes["discounts"], subscription["discounts"])
            if "discounts" in changes
            else None,
            fields,
            changes.get("proration_behavior", "create_prorations"),
            resets_cycle(subscription, changes),
        )

    def make(self, subscription: Json, amendment: Amendment) -> Json | None:
        """Make what was read; hand back the invoice that is due for it at once, if one is, not yet collected."""
        prorating = amendment.proration != "none" and subscription["status"] in {"active", "past_due"}
        begun = self._change_items(subscription, amendment.items, prorating=prorating)
        if amendment.anew:
            begun = self._cycle.begin_anew(subscription, prorating=prorating)
        if amendment.discounts is not None:
            self._discounts.replace(subscription, amendment.discounts)
        subscription |= amendment.fields
        if amendment.trial_end is not None:
            return self._set_trial(subscription, amendment.trial_end, prorating=prorating)
        if begun or (amendment.proration == "always_invoice" and self._bills.pending[subscription["id"]]):
            return self._cycle.bill(subscription, begun, reason=REASON)
        return None

    def _read_discounts(
        self, subscription: Json, wanted: Sequence[dict[str, str]] | None, own: Sequence[str], param: str = "discounts"
    ) -> list[str | Json]:
        """Find discounts; those to keep may be the `own` ones or an ancestor's (the SDK's docstring of `discount`)."""
        return self._discounts.read(
            wanted or (),
            customer=subscription["customer"],
            currency=subscription["currency"],
            amount=worth(
                ((item["price"], item["quantity"]) for item in subscription["items"]["data"]), subscription["currency"]
            ),
            running=[*own, *subscription["discounts"], *of_customer(self._ledger, subscription)],
            param=param,
        )

    def _read_trial(self, asked: int | str) -> int:
        now = self._ledger.now
        if isinstance(asked, str):
            return now
        if not now < asked <= add_months(now, LONGEST_TRIAL):
            raise Refusal(
                "Invalid timestamp: trial_end must be in the future, two years ahead at most.", param="trial_end"
            )
        return asked

    def _read_item(self, subscription: Json, index: int, asked: dict[str, Any]) -> ItemChange:
        items = subscription["items"]["data"]
        item = next((each for each in items if each["id"] == asked.get("id")), None)
        if item is None and "id" in asked:
            raise missing("subscription_item", asked["id"], param=f"items[{index}][id]")
        if item is not None and "price" not in asked:
            as_before: int = asked.get("quantity", 1 if item["quantity"] is None else item["quantity"])
            gone = asked.get("deleted", False)
            return ItemChange(item, item["price"], as_before, gone, *self._read_own(subscription, item, asked, index))
        if "price" not in asked:
            name = f"items[{index}][price]"
            raise Refusal(f"Missing required param: {name}.", code="parameter_missing", param=name)
        price = sellable(self._ledger, asked["price"], param=f"items[{index}][price]")
        require_sold_in(price, subscription["currency"], param=f"items[{index}][price]")
        same: Json | None = next((each for each in items if each["price"]["id"] == price["id"]), None)
        if item is None and same is not None:
            raise Refusal(
                f"A new item with Price {price['id']} can't be added to this Subscription because an existing "
                f"Subscription Item {same['id']} is already using that Price.",
                param="plan",
            )
        # Stripe: Update a subscription, "when changing a subscription item's price, `quantity` is set to 1"
        kept = item["quantity"] if item is not None and item["price"]["id"] == price["id"] else None
        quantity: int = asked.get("quantity", 1 if kept is None else kept)
        return ItemChange(item, price, quantity, False, *self._read_own(subscription, item, asked, index))

    def _read_own(
        self, subscription: Json, item: Json | None, asked: dict[str, Any], index: int
    ) -> tuple[Sequence[str | Json] | None, Sequence[Json] | None]:
        """Read an item's own discounts and tax rates."""
        own = item["discounts"] if item else ()
        name = f"items[{index}][discounts]"
        return (
            self._read_discounts(subscription, asked["discounts"], own, name) if "discounts" in asked else None,
            tax_rates(self._ledger, asked["tax_rates"] or ()) if "tax_rates" in asked else None,
        )

    def _change_items(self, subscription: Json, changes: Sequence[ItemChange], *, prorating: bool) -> list[Json]:
        """Change the items; hand back those whose period begins now because their interval is another one."""
        items: list[Json] = subscription["items"]["data"]
        begun = []
        for change in changes:
            item, price = change.item, change.price
            if item is None:
                item = self._added(subscription, change)
            elif not change.gone and (item["price"]["id"], item["quantity"]) == (price["id"], change.quantity):
                self._set_own(item, change)
                continue
            elif prorating:
                self._bills.prorate(subscription, item, credit=True)
            if change.gone:
                items.remove(item)
                continue
            self._set_own(item, change)
            begins = subscription["status"] != "trialing" and _interval(item["price"]) != _interval(price)
            item |= sold_as(price, change.quantity)
            if begins:
                subscription["billing_cycle_anchor"] = self._ledger.now
                begin(item, self._ledger.now, anchor=self._ledger.now)
                begun.append(item)
            elif prorating:
                self._bills.prorate(subscription, item, credit=False)
        subscription["items"]["total_count"] = len(items)
        return begun

    def _set_own(self, item: Json, change: ItemChange) -> None:
        if change.discounts is not None:
            self._discounts.replace(item, change.discounts)
        if change.tax_rates is not None:
            item["tax_rates"] = list(change.tax_rates)

    def _added(self, subscription: Json, change: ItemChange) -> Json:
        """Add an item that is billed together with the others."""
        items: list[Json] = subscription["items"]["data"]
        period = (items[0]["current_period_start"], items[0]["current_period_end"])
        items.append(item_of(self._ledger, subscription["id"], change.price, change.quantity, period=period))
        return items[-1]

    def _set_trial(self, subscription: Json, end: int, *, prorating: bool) -> Json | None:
        """End the trial now, move its end, or begin one, whose invoice is free."""
        now, items = self._ledger.now, subscription["items"]["data"]
        trialing = subscription["status"] == "trialing"
        if not trialing and end == now:
            return None
        if not trialing:
            for item in items:
                if prorating:
                    self._bills.prorate(subscription, item, credit=True)
                item["current_period_start"] = now
            subscription |= {"status": "trialing", "trial_start": now}
        subscription |= {"billing_cycle_anchor": end, "trial_end": end}
        for item in items:
            item["current_period_end"] = end
        if end == now:
            return self._cycle.renew(subscription, reason=REASON)
        return None if trialing else self._cycle.bill(subscription, items, reason=REASON, free=True)


def _interval(price: Json) -> tuple[str, int]:
    return price["recurring"]["interval"], price["recurring"]["interval_count"]
