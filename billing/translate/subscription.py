"""Subscriptions, their items, and how and why they were cancelled."""

from collections.abc import Iterable
from decimal import ROUND_FLOOR, Decimal

from billing.translate import Json, identifier, moment, moment_or_none
from billing.translate.customer import card
from billing.translate.price import discount, price
from billing.translate.text import text
from domain.billing.subscription import (
    Cancellation,
    ConnectSettings,
    Discount,
    DiscountLevel,
    Item,
    OpenInvoice,
    Subscription,
)
from domain.billing.tax import UNTAXED, Tax
from domain.ids import CustomerId, SubscriptionId
from domain.money import Money

_DRAWN_UP_WITHIN = 86400
"""Seconds after a trial's end in which its first invoice is drawn up."""


def subscription(found: Json) -> Subscription:
    """Translate a subscription that was read with what `billing.catalog` completes."""
    currency = found["currency"]
    owner = found["customer"] if isinstance(found["customer"], dict) else {}
    invoice = found.get("latest_invoice")
    return Subscription(
        id=SubscriptionId(found["id"]),
        customer_id=customer_id(found),
        livemode=found["livemode"],
        status=found["status"],
        currency=currency,
        created_at=moment(found["created"]),
        started_at=moment(found["start_date"]),
        anchor_at=moment(found["billing_cycle_anchor"]),
        items=tuple(_item(item, found) for item in found["items"]["data"]),
        discounts=_discounts(found["discounts"], currency, "subscription"),
        cancel_at=moment_or_none(found.get("cancel_at")),
        cancel_at_period_end=found["cancel_at_period_end"],
        canceled_at=moment_or_none(found.get("canceled_at")),
        ended_at=moment_or_none(found.get("ended_at")),
        trial_end_at=moment_or_none(found.get("trial_end")),
        collection_paused=found.get("pause_collection") is not None,
        resumes_at=moment_or_none((found.get("pause_collection") or {}).get("resumes_at")),
        flexible=found["billing_mode"]["type"] == "flexible",
        cancellation=cancellation(found),
        latest_invoice_id=identifier(invoice),
        card=card(found.get("default_payment_method")),
        customer_discount=None
        if not owner.get("discount")
        else discount(owner["discount"], currency=currency, level="customer"),
        pays_by_invoice=found.get("collection_method") == "send_invoice",
        days_until_due=found.get("days_until_due"),
        schedule_id=identifier(found.get("schedule")),
        automatic_tax=(found.get("automatic_tax") or {}).get("enabled", False),
        open_invoice=_open_invoice(invoice) if isinstance(invoice, dict) else None,
        invoiced_discounts=frozenset(identifier(each) or "" for each in invoice.get("discounts") or ())
        if isinstance(invoice, dict)
        else frozenset(),
        never_paid=_is_first_and_unpaid(invoice, found) if isinstance(invoice, dict) else False,
        metadata=found.get("metadata") or {},
        description=text(found.get("description")),
        connect=connect_settings(found),
    )


def customer_id(found: Json) -> CustomerId:
    """Return the id of the customer of a subscription."""
    owner = found["customer"]
    return CustomerId(owner if isinstance(owner, str) else owner["id"])


def cancellation(found: Json) -> Cancellation:
    """Read `cancellation_details`; a custom reason is its own description where expanded, else its id."""
    details = found.get("cancellation_details") or {}
    option = details.get("feedback_option")
    return Cancellation(
        kind=text(details.get("reason")),
        feedback=text(details.get("feedback")),
        feedback_option=text(option["description"] if isinstance(option, dict) else option),
        comment=text(details.get("comment")),
    )


def _item(found: Json, subscription: Json) -> Item:
    currency = subscription["currency"]
    return Item(
        id=found["id"],
        price=price(found["price"], currency=currency),
        quantity=found.get("quantity"),
        period_start=moment(found["current_period_start"]),
        period_end=moment(found["current_period_end"]),
        discounts=_discounts(found["discounts"], currency, "item"),
        tax=tax_of(found, subscription),
    )


def _discounts(found: Iterable[Json], currency: str, level: DiscountLevel) -> tuple[Discount, ...]:
    translated = (discount(each, currency=currency, level=level) for each in found)
    return tuple(each for each in translated if each is not None)


def _open_invoice(found: Json) -> OpenInvoice | None:
    if found.get("status") != "open":
        return None
    return OpenInvoice(
        id=found["id"],
        remaining=Money(found["amount_remaining"], found["currency"]),
        due_at=moment_or_none(found.get("due_date")),
    )


def _is_first_and_unpaid(invoice: Json, subscription: Json) -> bool:
    """Return whether an invoice is the first that isn't free, and was not paid."""
    if invoice.get("status") == "paid" or not invoice["amount_due"] or invoice["amount_paid"]:
        return False
    trial_end = subscription.get("trial_end")
    after_trial = trial_end is not None and trial_end <= invoice["created"] < trial_end + _DRAWN_UP_WITHIN
    return invoice["billing_reason"] == "subscription_create" or after_trial


def connect_settings(found: Json) -> ConnectSettings | None:
    """Return how a subscription's payments are shared with a connected account, or None."""
    transfer = found.get("transfer_data") or {}
    settings = ConnectSettings(
        destination=identifier(transfer.get("destination")),
        destination_percent=_percent(transfer.get("amount_percent")),
        on_behalf_of=identifier(found.get("on_behalf_of")),
        application_fee_percent=_percent(found.get("application_fee_percent")),
    )
    return settings if settings.destination or settings.on_behalf_of or settings.application_fee_percent else None


def _percent(found: float | None) -> Decimal | None:
    return None if found is None else Decimal(str(found))


def tax_of(item: Json, subscription: Json) -> Tax | None:
    """Translate the taxes on an item of a subscription; None where nobody can know them.

    With Stripe Tax they are its `taxes` as `billing.automatic_tax` found them on an invoice or a preview. An exempt
    customer pays the full price, whether or not tax is included (Stripe: Tax exemptions and reverse charge).
    """
    if (subscription.get("automatic_tax") or {}).get("enabled"):
        shown = item.get("taxes")
        return None if shown is None else _tax((each["tax_behavior"], percentage(each)) for each in shown)
    owner = subscription["customer"]
    if isinstance(owner, dict) and owner.get("tax_exempt", "none") != "none":
        return UNTAXED
    rates = item.get("tax_rates") or subscription.get("default_tax_rates") or ()
    return _tax(("inclusive" if rate["inclusive"] else "exclusive", Decimal(str(rate["percentage"]))) for rate in rates)


def percentage(tax: Json) -> Decimal:
    """Return the roundest percentage that makes this tax of its taxable amount: 7.82 of 41.18 is 19%."""
    amount, taxable = Decimal(tax["amount"]), Decimal(tax["taxable_amount"] or 0)
    if not amount or not taxable:
        return Decimal(0)
    half = Decimal("0.5")
    # Of a price that includes tax both parts are rounded, one up and one down.
    least, exact, most = ((amount + each) * 100 / (taxable - each) for each in (-half, Decimal(0), half))
    for places in range(5):
        unit = Decimal(1).scaleb(-places)
        nearest = (exact / unit + half).to_integral_value(ROUND_FLOOR) * unit
        if least <= nearest <= most:
            return nearest
    return exact


def _tax(rates: Iterable[tuple[str, Decimal]]) -> Tax:
    found = [(behavior, rate) for behavior, rate in rates if rate]
    return Tax(
        included=tuple(rate for behavior, rate in found if behavior == "inclusive"),
        on_top=sum((rate for behavior, rate in found if behavior != "inclusive"), Decimal(0)),
    )
