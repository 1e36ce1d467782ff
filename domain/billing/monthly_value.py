"""What a subscription is worth a month (MRR), computed from its prices in `Decimal` and in its own currency."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from domain.billing.pricing import amount_of, is_known
from domain.billing.subscription import Discount, Item, Subscription
from domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyValue:
    """The value a month: `now`, and what it `would_be` if a trial or pause were over.

    `usage_based`: something is metered, or priced by tiers that were not read; the amounts hold the rest.
    """

    now: Money
    would_be: Money
    usage_based: bool


def monthly_value(subscription: Subscription, *, at: datetime) -> MonthlyValue:
    """Compute what a subscription brings a month at a moment, rounded half up once, at the end.

    Discounts that still run are taken off, each item's own first; `once` is not counted. An ended subscription is
    worth what it was worth before; one that ended in its trial was worth nothing yet.
    """
    priced = [item for item in subscription.items if is_known(item.price)]
    lines = [_Line.of(item, currency=subscription.currency, at=at) for item in priced]
    per_month = max((line.invoices_per_month for line in lines), default=Decimal(0))
    for discount in _running(subscription.discounts, at):
        lines = _reduced(lines, discount, invoices_per_month=per_month, currency=subscription.currency)
    would_be = Money.rounded(sum((line.amount for line in lines), Decimal(0)), subscription.currency)
    return MonthlyValue(
        now=would_be if _pays(subscription) else Money(0, subscription.currency),
        would_be=would_be,
        usage_based=len(priced) < len(subscription.items),
    )


_ENDED_IN_TRIAL = timedelta(hours=1)
"""Stripe needs a moment to end what a trial left without a card."""


def _pays(subscription: Subscription) -> bool:
    if subscription.ended_at is not None and subscription.trial_end_at is not None:
        return subscription.ended_at > subscription.trial_end_at + _ENDED_IN_TRIAL
    return subscription.status not in {"trialing", "paused"} and not subscription.collection_paused


@dataclass(frozen=True, slots=True)
class _Line:
    """An item's amount a month in minor units, and how many invoices a month it is on."""

    product_id: str
    amount: Decimal
    invoices_per_month: Decimal

    @classmethod
    def of(cls, item: Item, *, currency: str, at: datetime) -> "_Line":
        price = item.price
        per_month = _MONTHLY[price.interval] / price.interval_count
        line = cls(price.product_id, amount_of(price, item.quantity) * per_month, per_month)
        for discount in _running(item.discounts, at):
            (line,) = _reduced([line], discount, invoices_per_month=per_month, currency=currency)
        return line


_MONTHLY = {"day": Decimal(365) / 12, "week": Decimal(52) / 12, "month": Decimal(1), "year": Decimal(1) / 12}


def _running(discounts: Iterable[Discount], at: datetime) -> Iterable[Discount]:
    for discount in discounts:
        ended = discount.ends_at is not None and discount.ends_at <= at
        if discount.duration != "once" and not ended:
            yield discount


def _reduced(lines: list[_Line], discount: Discount, *, invoices_per_month: Decimal, currency: str) -> list[_Line]:
    """Take a discount off the lines of its products, each by the same share, never below nothing."""
    meant = {line.product_id for line in lines}
    if discount.product_ids is not None:
        meant &= discount.product_ids
    total = sum((line.amount for line in lines if line.product_id in meant), Decimal(0))
    if total <= 0:
        return lines
    if discount.percent_off is not None:
        share = discount.percent_off / 100
    elif discount.amount_off is not None and discount.amount_off.currency == currency:
        share = min(discount.amount_off.minor * invoices_per_month / total, Decimal(1))
    else:
        return lines
    return [replace(line, amount=line.amount * (1 - share)) if line.product_id in meant else line for line in lines]
