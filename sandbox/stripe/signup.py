"""How a subscription begins: its shape, its items, its first invoice."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.stripe.bills import Bills
from sandbox.stripe.currencies import choose, require_one_currency
from sandbox.stripe.cycle import Cycle
from sandbox.stripe.discounts import Discounts
from sandbox.stripe.invoices import Invoices
from sandbox.stripe.items import item_of
from sandbox.stripe.ledger import Json, Ledger
from sandbox.stripe.periods import period_end
from sandbox.stripe.taxes import require_location


class Signup:
    """Starts subscriptions."""

    def __init__(self, ledger: Ledger, bills: Bills, invoices: Invoices, discounts: Discounts, cycle: Cycle) -> None:
        self._ledger = ledger
        self._bills = bills
        self._invoices = invoices
        self._discounts = discounts
        self._cycle = cycle

    def subscribe(
        self,
        customer: Json,
        *lines: Json | tuple[Json, int],
        flexible: bool = True,
        trial_end: int | None = None,
        without_card: str = "create_invoice",
        cancel_at: int | None = None,
        coupons: Sequence[Json] = (),
        tax_rates: Sequence[Json] = (),
        metadata: dict[str, str] | None = None,
        description: str | None = None,
        default_payment_method: str | None = None,
        collection_method: str = "charge_automatically",
        days_until_due: int | None = None,
        automatic_tax: bool = False,
        currency: str | None = None,
        incomplete: bool = False,
        usage: int = 0,
        connect: Json | None = None,
        items: Sequence[tuple[Sequence[Json], Sequence[Json]]] = (),
        identifier: str | None = None,
    ) -> Json:
        """Start a subscription and try to collect its first invoice.

        Args:
            customer: who subscribes.
            *lines: prices, or pairs of price and quantity.
            flexible: billing mode `flexible`, Stripe's default, or `classic`.
            trial_end: Unix seconds; until then nothing is billed.
            without_card: what happens if there is no card when the trial ends: `cancel`, `create_invoice`, `pause`.
            cancel_at: Unix seconds; the subscription is born with its end.
            coupons: start with these, or with promotion codes.
            tax_rates: put into or on top of every invoice.
            metadata: free keys of the subscription.
            description: what the customer may read about it.
            default_payment_method: this subscription's own card.
            collection_method: `charge_automatically` or `send_invoice`.
            days_until_due: when an invoice that is sent is due; 30 by default.
            automatic_tax: let Stripe Tax find the taxes.
            currency: what it is paid in; by default as `currencies.choose` has it.
            incomplete: leave the first payment to be confirmed by the customer.
            usage: what its metered items use per period.
            connect: `application_fee_percent`, `on_behalf_of`, `transfer_data`, where there are any.
            items: for each line the coupons and tax rates of its own, where any has some.
            identifier: a fixed id.

        Raises:
            Refusal: the customer has something in another currency, or no address for Stripe Tax.
        """
        ledger = self._ledger
        pairs = [line if isinstance(line, tuple) else (line, 1) for line in lines]
        anchor = trial_end or ledger.now
        currency = choose(customer, [price for price, _ in pairs], currency)
        require_one_currency(ledger, customer, currency)
        if automatic_tax:
            require_location(customer)
        subscription = self._shape(customer, currency, anchor, identifier)
        sent = collection_method == "send_invoice"
        subscription |= {
            "automatic_tax": {
                "disabled_reason": None,
                "enabled": automatic_tax,
                "liability": {"type": "self"} if automatic_tax else None,
            },
            "billing_mode": {
                "flexible": {"proration_discounts": "included"} if flexible else None,
                "type": "flexible" if flexible else "classic",
            },
            "collection_method": collection_method,
            "days_until_due": days_until_due or 30 if sent else None,
            "default_payment_method": default_payment_method,
            "default_tax_rates": list(tax_rates),
            "description": description,
            "items": self._items(subscription["id"], pairs, anchor, trial_end),
            "metadata": metadata or {},
            "trial_end": trial_end,
            "trial_settings": {"end_behavior": {"billing_cycle_anchor": None, "missing_payment_method": without_card}},
            "trial_start": ledger.now if trial_end else None,
        }
        subscription |= connect or {}
        if cancel_at:
            subscription |= {"cancel_at": cancel_at, "canceled_at": ledger.now}
            subscription["cancellation_details"]["reason"] = "cancellation_requested"
        ledger.add(subscription)
        subscription["discounts"] = [self._discounts.apply(subscription, coupon) for coupon in coupons]
        for item, (own, rates) in zip(subscription["items"]["data"], items, strict=False):
            item["discounts"] = [self._discounts.apply(item, coupon) for coupon in own]
            item["tax_rates"] = list(rates)
        for item in subscription["items"]["data"]:
            if item["price"]["recurring"]["usage_type"] == "metered":
                self._bills.usage[item["id"]] = usage
        customer["currency"] = customer["currency"] or subscription["currency"]
        self._first_invoice(subscription, incomplete=incomplete)
        return subscription

    def _first_invoice(self, subscription: Json, *, incomplete: bool) -> None:
        trial = subscription["trial_end"] is not None
        billed = [
            item
            for item in subscription["items"]["data"]
            if item["price"]["recurring"]["usage_type"] == "licensed" or trial
        ]
        invoice = self._cycle.bill(subscription, billed, reason="subscription_create", free=trial)
        if incomplete:
            self._invoices.payment_of(invoice)
            subscription["status"] = "incomplete"
        elif not self._invoices.collect(subscription, invoice):
            invoice["next_payment_attempt"] = None
            subscription["status"] = "incomplete"
        else:
            subscription["status"] = "trialing" if trial else "active"
        self._ledger.emit("customer.subscription.created", subscription)

    def _items(
        self, subscription_id: str, pairs: Sequence[tuple[Json, int]], anchor: int, trial_end: int | None
    ) -> Json:
        now = self._ledger.now
        items = [
            item_of(
                self._ledger,
                subscription_id,
                price,
                quantity,
                period=(now, trial_end or period_end(now, price["recurring"], anchor=anchor)),
            )
            for price, quantity in pairs
        ]
        return {
            "object": "list",
            "data": items,
            "has_more": False,
            "total_count": len(items),
            "url": f"/v1/subscription_items?subscription={subscription_id}",
        }

    def _shape(self, customer: Json, currency: str, anchor: int, identifier: str | None) -> Json:
        ledger = self._ledger
        return {
            "id": identifier or ledger.new_id("subscription"),
            "object": "subscription",
            "application": None,
            "application_fee_percent": None,
            "billing_cycle_anchor": anchor,
            "billing_cycle_anchor_config": None,
            "billing_schedules": [],
            "billing_thresholds": None,
            "cancel_at": None,
            "cancel_at_period_end": False,
            "canceled_at": None,
            "cancellation_details": dict.fromkeys(("comment", "feedback", "feedback_option", "reason")),
            "created": ledger.now,
            "currency": currency,
            "customer": customer["id"],
            "customer_account": None,
            "default_source": None,
            "default_tax_rates": [],
            "description": None,
            "discounts": [],
            "ended_at": None,
            "invoice_settings": {
                "account_tax_ids": None,
                "custom_fields": None,
                "description": None,
                "footer": None,
                "issuer": {"type": "self"},
            },
            "latest_invoice": None,
            "livemode": ledger.livemode,
            "metadata": {},
            "next_pending_invoice_item_invoice": None,
            "on_behalf_of": None,
            "pause_collection": None,
            "payment_settings": {
                "payment_method_options": None,
                "payment_method_types": None,
                "save_default_payment_method": "off",
            },
            "pending_invoice_item_interval": None,
            "pending_setup_intent": None,
            "pending_update": None,
            "schedule": None,
            "start_date": ledger.now,
            "status": "incomplete",
            "status_details": None,
            "test_clock": None,
            "transfer_data": None,
        }
