"""What a customer pays and when, once an offer is accepted: the rows of a small table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from domain.billing.tax import TaxKind
from domain.money import Money
from domain.winback.terms import OfferTerms, PlannedInvoice
from wording.offer import every, every_words
from wording.price_steps import plus_tax, steps_from
from wording.reader import Reader

_ROWS = 3
"""So many equal invoices in a row are listed one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPayment:
    """The first payment as Stripe works it out, tax included; `before_tax` is None where no tax comes on top."""

    due: Money
    at: datetime
    before_tax: Money | None = None

    @classmethod
    def agreed(cls, due: Money | None, terms: OfferTerms) -> "FirstPayment | None":
        """Return the first payment as it was agreed; None where none was."""
        if due is None:
            return None
        planned = terms.invoices[0]
        on_top = due.minor > planned.after.minor and terms.tax != "included"
        return cls(due=due, at=planned.at, before_tax=planned.after if on_top else None)


def table_tax(terms: OfferTerms, first: FirstPayment | None) -> TaxKind:
    """Return how the amounts of the table stand to tax: all of them in the same way."""
    return "on_top" if first is not None and first.before_tax is not None else terms.tax


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One row: when, and how much."""

    when: str
    amount: str


def schedule(terms: OfferTerms, *, first: FirstPayment | None, reader: Reader) -> tuple[Payment, ...]:
    """List what is paid when, with every further step of the regular amount.

    Net and gross are never mixed: where tax comes on top, all amounts are before tax, and say so.
    """
    tax, planned = table_tax(terms, first), terms.invoices
    if first is None and terms.coupon is None:
        rows = list(_regular(terms, planned[0].at, reader))
    else:
        rows = list(_planned(planned if first is None else planned[1:], reader))
        if first is not None:
            amount = first.before_tax or (planned[0].after if tax in {"on_top", "mixed"} else first.due)
            rows.insert(0, Payment(when=reader.day(first.at), amount=reader.amount(amount)))
        if terms.later_at is not None:
            rows += _regular(terms, terms.later_at, reader)
    return tuple(Payment(when=each.when, amount=plus_tax(each.amount, tax)) for each in rows)


def _regular(terms: OfferTerms, since: datetime, reader: Reader) -> Iterator[Payment]:
    """List the amounts that come again and again from a moment on."""
    if not terms.steps:
        yield Payment(when=f"from {reader.day(since)}", amount=f"{reader.amount(terms.later)} {every(terms)}")
    for each in terms.steps:
        for step in steps_from(each.steps, since):
            begins = reader.day(max(since, step.starts_at))
            often = every_words(each.count, each.interval)
            yield Payment(when=f"from {begins}", amount=f"{reader.amount(step.amount)} {often}")


def _planned(invoices: Sequence[PlannedInvoice], reader: Reader) -> Iterator[Payment]:
    for amount, equal in groupby(invoices, key=lambda each: each.after):
        run = list(equal)
        if len(run) > _ROWS:
            span = f"{reader.day(run[0].at)} to {reader.day(run[-1].at)}"
            yield Payment(when=span, amount=f"{len(run)} × {reader.amount(amount)}")
        else:
            yield from (Payment(when=reader.day(each.at), amount=reader.amount(amount)) for each in run)
