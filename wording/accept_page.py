"""The words of the page where a customer accepts an offer: its heading, its remarks and its button."""

from domain.winback.offer import ExtendTrial, Pause, Restart, SwitchPlan
from domain.winback.terms import OfferTerms
from wording.by_invoice import first_invoice, how_they_pay
from wording.grammar import capital, count
from wording.offer_for_customer import UNTIL, access_words, is_cheaper, new_plan, offered
from wording.price_steps import tax_sentence
from wording.reader import Reader
from wording.schedule import FirstPayment, table_tax


def heading(terms: OfferTerms, *, reader: Reader) -> str:
    """Return the headline of an offer's page."""
    if isinstance(terms.offer, Restart):
        return "Come back as before" if terms.way == "checkout" else "Go on as before"
    if isinstance(terms.offer, SwitchPlan):
        return f"{new_plan(terms)}, {'a lighter' if is_cheaper(terms) else 'another'} plan"
    return capital(offered(terms, reader=reader))


def caption(terms: OfferTerms) -> str:
    """Return what the table of payments lists."""
    return "Your invoices, and when they come" if terms.pays_by_invoice else "What you pay, and when"


def opening(terms: OfferTerms, *, first: FirstPayment | None, reader: Reader) -> str | None:
    """Return what a table of payments does not show: that nothing is paid before it begins, and by invoice then."""
    return " ".join(filter(None, (_before(terms, reader), first_invoice(terms, first=first, reader=reader)))) or None


def _before(terms: OfferTerms, reader: Reader) -> str | None:
    if isinstance(terms.offer, Pause) and terms.restarts_at is not None:
        until = reader.day(terms.restarts_at)
        paused = " ".join((f"You pay nothing until {until}.", *access_words(terms)))
        return f"{paused} On that day billing restarts by itself; we will write a week before."
    if isinstance(terms.offer, ExtendTrial) and terms.trial_ends_at is not None:
        return f"Your trial goes on until {reader.day(terms.trial_ends_at)}, and you pay nothing before."
    return None


def remarks(terms: OfferTerms, *, first: FirstPayment | None, reader: Reader) -> tuple[str, ...]:
    """Return what the table of payments leaves open: taxes, and how it goes on."""
    tax = table_tax(terms, first)
    if first is not None and tax in {"on_top", "mixed"}:
        paid = reader.amount(first.due)
        named = f"invoice is for {paid}" if terms.pays_by_invoice else f"payment is {paid}"
        said = [f"The first {named}, tax included. Tax is added to the other amounts as it then applies."]
    else:
        said = [tax_sentence(tax)]
    if terms.phase != "ended" and not terms.steps:
        said.append("Any discount you already have stays for as long as it runs.")
    said.append(f"It renews automatically {UNTIL}.")
    return tuple(filter(None, (*said, how_they_pay(terms))))


def button(terms: OfferTerms, *, first: FirstPayment | None, reader: Reader) -> str:
    """Return the button's words: what it does, and exactly what is paid first."""
    offer = terms.offer
    if isinstance(offer, Pause):
        return f"Pause for {count(offer.months, 'month')}"
    if isinstance(offer, ExtendTrial):
        return f"Continue the trial for {count(offer.days, 'more day')}"
    if first is None:
        raise ValueError("nothing is said yes to without its first payment")
    amount = reader.amount(first.due) if first.due.minor else "nothing"
    day = reader.spoken_day(first.at, now=terms.accepted_at)
    if terms.pays_by_invoice and first.due.minor:
        return f"Continue; you'll get an invoice for {amount} {day}"
    return f"Continue and pay {amount} {day}"
