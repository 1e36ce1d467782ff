"""What customers who pay by invoice read: which invoice comes when, and when it is due."""

from datetime import datetime, timedelta

from domain.billing.subscription import OpenInvoice
from domain.winback.terms import OfferTerms
from wording.grammar import count
from wording.price_steps import plus_tax
from wording.reader import Reader
from wording.schedule import FirstPayment, table_tax


def first_invoice(terms: OfferTerms, *, first: FirstPayment | None, reader: Reader) -> str | None:
    """Return which invoice with something to pay comes first: "You will get an invoice for €39.20 on 3 Dec 2026, …".

    None where a card is charged, or no amount is known to be due.
    """
    if not terms.pays_by_invoice:
        return None
    if first is not None and first.due.minor:
        gross = reader.amount(first.due) if first.before_tax is None else f"{reader.amount(first.due)} (tax included)"
        return invoice_sentence(gross, first.at, days=terms.days_until_due, reader=reader)
    planned = [(each.after, each.at) for each in (terms.invoices if first is None else terms.invoices[1:])]
    if terms.later_at is not None:
        planned.append((terms.later, terms.later_at))
    amount, at = next(((amount, at) for amount, at in planned if amount.minor), (None, None))
    if amount is None or at is None:
        return None
    said = plus_tax(reader.amount(amount), table_tax(terms, first))
    return invoice_sentence(said, at, days=terms.days_until_due, reader=reader)


def invoice_sentence(amount: str, at: datetime, *, days: int | None, reader: Reader) -> str:
    """Return that an invoice comes, and when it is due where that is known."""
    sent = f"You will get an invoice for {amount} on {reader.day(at)}"
    if days is None:
        return f"{sent}."
    return f"{sent}, due {reader.day(at + timedelta(days=days)) if days else 'the same day'}."


def how_they_pay(terms: OfferTerms) -> str | None:
    """Return that no card is charged, and how soon each invoice is due; None where a card is charged."""
    if not terms.pays_by_invoice:
        return None
    if terms.days_until_due is None:
        return "You pay by invoice, so no card is charged."
    after = f"{count(terms.days_until_due, 'day')} after its date" if terms.days_until_due else "on its date"
    return f"You pay by invoice, so no card is charged; each invoice is due {after}."


def open_invoice(invoice: OpenInvoice | None, *, reader: Reader) -> str | None:
    """Return that an earlier invoice is still to be paid; None if there is none."""
    if invoice is None or not invoice.remaining.minor:
        return None
    due = f", due {reader.day(invoice.due_at)}" if invoice.due_at is not None else ""
    return f"An earlier invoice is still open: {reader.amount(invoice.remaining)}{due}. This offer doesn't change it."
