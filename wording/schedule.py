"""What a customer pays and when, once an offer is taken up: the rows of a small table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from domain.money import Money
from domain.winback.terms import OfferTerms, PlannedInvoice
from wording.offer import every
from wording.reader import Reader

_ROWS = 3
"""So many equal invoices in a row are listed one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPayment:
    """The first payment as Stripe works it out, tax included."""

    due: Money
    at: datetime

    @classmethod
    def agreed(cls, due: Money | None, terms: OfferTerms) -> "FirstPayment | None":
        """Return the first payment as it was agreed; None where none was."""
        return None if due is None else cls(due=due, at=terms.invoices[0].at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One row: when, and how much."""

    when: str
    amount: str


def schedule(terms: OfferTerms, *, first: FirstPayment | None, reader: Reader) -> tuple[Payment, ...]:
    """List what is paid when, up to the amount that comes again and again; all but `first` is before tax."""
    planned, regular = terms.invoices, f"{reader.amount(terms.later)} {every(terms)}"
    if first is None and len(planned) == 1 and planned[0].after == terms.later:
        return (Payment(when=f"from {reader.day(planned[0].at)}", amount=regular),)
    rows = list(_planned(planned if first is None else planned[1:], reader))
    if first is not None:
        rows.insert(0, Payment(when=reader.day(first.at), amount=reader.amount(first.due)))
    if terms.later_at is not None:
        rows.append(Payment(when=f"from {reader.day(terms.later_at)}", amount=regular))
    return tuple(rows)


def _planned(invoices: Sequence[PlannedInvoice], reader: Reader) -> Iterator[Payment]:
    for amount, equal in groupby(invoices, key=lambda each: each.after):
        run = list(equal)
        if len(run) > _ROWS:
            span = f"{reader.day(run[0].at)} to {reader.day(run[-1].at)}"
            yield Payment(when=span, amount=f"{len(run)} × {reader.amount(amount)}")
        else:
            yield from (Payment(when=reader.day(each.at), amount=reader.amount(amount)) for each in run)
