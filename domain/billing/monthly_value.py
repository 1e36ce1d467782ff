"""What a subscription is worth a month (MRR), from the amounts of its invoices and in its own currency."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

from domain.billing.invoice_lines import InvoiceLine, invoice_lines, is_priceable
from domain.billing.subscription import Discount, Subscription
from domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyValue:
    """The value a month without tax: `now`, and what it `would_be` if a trial or pause were over.

    `usage_based`: something is metered; the amounts hold the rest. `known` is false where an amount cannot be known,
    and then both are zero. `tax_known` is false where nobody can tell how much of the amounts is tax. `less_tax`: the
    prices include tax, which was taken off, so the customer pays more than these amounts.
    """

    now: Money
    would_be: Money
    usage_based: bool
    known: bool = True
    tax_known: bool = True
    less_tax: bool = False

    @property
    def has_amount(self) -> bool:
        """Whether the amounts can be added up: they are known, and not all of it is usage."""
        return self.known and not (self.usage_based and not self.would_be.minor)


def monthly_value(subscription: Subscription, *, at: datetime, paused: bool = False) -> MonthlyValue:
    """Compute what a subscription brings a month at a moment, as if price, quantity and running discounts stayed.

    Each item counts with its line on the next invoice, as Stripe rounds it, times the invoices a month: 365/12 for
    days, 52/12 for weeks, 1/12 for years, divided by the interval's count. The sum is rounded once, half up. Items of
    one interval are on one invoice, so €12 off monthly €10 and yearly €120, for the yearly product only, leaves
    108 / 12 + 10 = €19. Discounts good for one invoice don't count.

    `paused`: it ended in a pause that no longer shows. An ended subscription is worth what it was worth before; one
    that ended in its trial or never paid was worth nothing yet.
    """
    value = _value(subscription, at, net=True)
    return replace(value, now=Money(0, subscription.currency)) if paused else value


def monthly_charge(subscription: Subscription, *, at: datetime) -> MonthlyValue:
    """Compute what the customer pays a month by the same formula: with the tax included, before tax on top."""
    return replace(_value(subscription, at, net=False), tax_known=True)


def _value(subscription: Subscription, at: datetime, *, net: bool) -> MonthlyValue:
    lines = _lines(subscription, at)
    exact = sum((_per_month(line, net=net) for line in lines or ()), Fraction(0))
    amount = Money(int(exact + Fraction(1, 2)), subscription.currency)
    return MonthlyValue(
        now=amount if _pays(subscription, at) else Money(0, subscription.currency),
        would_be=amount,
        usage_based=any(item.price.metered for item in subscription.items),
        known=lines is not None,
        less_tax=net and any(line.net != line.amount for line in lines or ()),
        tax_known=all(line.item.tax is not None for line in lines or () if line.amount),
    )


_FACTORS = {"day": Fraction(365, 12), "week": Fraction(52, 12), "month": Fraction(1), "year": Fraction(1, 12)}

_ENDED_IN_TRIAL = timedelta(hours=1)
"""Stripe needs a moment to end what a trial left without a card."""


def _pays(subscription: Subscription, at: datetime) -> bool:
    trial_end_at, ended_at = subscription.trial_end_at, subscription.ended_at
    paid_from = None if trial_end_at is None else trial_end_at + _ENDED_IN_TRIAL
    if trial_end_at is not None and at < trial_end_at:
        return False
    if ended_at is not None and paid_from is not None and ended_at <= paid_from:
        return False
    if ended_at is not None and subscription.never_paid:
        return False
    return subscription.status not in {"trialing", "paused"} and not subscription.collection_paused


def _lines(subscription: Subscription, at: datetime) -> list[InvoiceLine] | None:
    """Invoice the items of each interval together; None where an amount isn't known."""
    items = [
        replace(item, discounts=_lasting(item.discounts, at)) for item in subscription.items if not item.price.metered
    ]
    inherited = subscription.customer_discount
    whole = _lasting(subscription.discounts, at) or _lasting(() if inherited is None else (inherited,), at)
    if not all(is_priceable(item, (*item.discounts, *whole)) for item in items):
        return None
    return [
        line
        for every in {item.price.every for item in items}
        for line in invoice_lines([item for item in items if item.price.every == every], whole)
    ]


def _lasting(discounts: Iterable[Discount], at: datetime) -> tuple[Discount, ...]:
    return tuple(discount for discount in discounts if discount.duration != "once" and discount.runs_at(at))


def _per_month(line: InvoiceLine, *, net: bool) -> Fraction:
    count, interval = line.item.price.every
    return (line.net if net else line.amount) * _FACTORS[interval] / count
