"""For staff: what an offer gives away or gives up at worst, and what comes in if it is accepted."""

from datetime import UTC, datetime, tzinfo

from domain.winback.offer import CallBack, Pause, SwitchPlan
from domain.winback.terms import OfferTerms
from wording.dates import day
from wording.grammar import count
from wording.money import money
from wording.offer import less_words
from wording.price_steps import regular

_TAX = {
    "included": " Tax included.",
    "on_top": " All before tax.",
    "mixed": " Tax is included in some of it and added to the rest.",
    "unknown": " Tax unknown.",
}


def cost_words(terms: OfferTerms, *, zone: tzinfo = UTC) -> str:
    """Return, for staff, what an offer gives away or gives up at worst, and what comes in if they accept and stay."""
    return f"{_cost(terms, zone)}{_by_invoice(terms)}"


def _cost(terms: OfferTerms, zone: tzinfo) -> str:
    if isinstance(terms.offer, CallBack):
        return "Gives nothing away."

    def on(moment: datetime) -> str:
        return day(moment, now=terms.accepted_at, zone=zone)

    each = regular(terms, amount=money, day=on)
    tax = _TAX.get(terms.tax, "") if terms.steps else ""
    stays = f"If they stay, {each}.{tax}"
    match terms.offer:
        case SwitchPlan():
            return f"{less_words(terms)}, no discount{_seats(terms)}.{_counts(terms)} {stays}"
        case Pause():
            if terms.restarts_at is not None:
                stays = f"If they stay, {_when(each, f'from {on(terms.restarts_at)} on')}.{tax}"
            months = count(terms.offer.months, "month")
            if not terms.charge.minor:  # a proposal of an earlier version
                return f"Not billed for {months}. {stays}"
            return f"{money(terms.charge)} not billed ({months}){_seats(terms)}{_access(terms)}. {stays}"
    if not terms.cost.minor:
        return f"Gives nothing away. {stays}"
    number = terms.most_invoices or len(terms.invoices)
    over = f" over {count(number, 'invoice')}" if number > 1 else ""
    after = f"If they stay, {_when(each, 'after that')}.{tax}"
    return f"Gives away at most {money(terms.cost)}{over}{_seats(terms)}. {after}"


def _when(each: str, moment: str) -> str:
    """Put a moment behind an amount, or before several steps."""
    return f"{moment} {each}" if ", then " in each else f"{each} {moment}"


def _counts(terms: OfferTerms) -> str:
    return f" Counts as {money(terms.gives_up)} given up." if terms.gives_up is not None else ""


def _by_invoice(terms: OfferTerms) -> str:
    """Return that they are sent invoices, and how soon each is due."""
    if not terms.pays_by_invoice:
        return ""
    if terms.days_until_due is None:
        return " They pay by invoice."
    after = f"{count(terms.days_until_due, 'day')} after its date" if terms.days_until_due else "on its date"
    return f" They pay by invoice, due {after}."


def _access(terms: OfferTerms) -> str:
    """Return whether a paused customer goes on using the product; nothing where that was not stored."""
    if terms.access is None:
        return ""
    return ", and they keep access" if terms.access == "kept" else ", and their access is blocked meanwhile"


def _seats(terms: OfferTerms) -> str:
    return "" if terms.seats is None else f", at today's {count(terms.seats, 'seat')}"
