"""An offer in words for its customer, in an email or on a page."""

from domain.winback.offer import CallBack, DiscountOffer, ExtendTrial, FreeMonths, NoOffer, Pause, Restart, SwitchPlan
from domain.winback.terms import OfferTerms, PlannedInvoice
from wording.grammar import capital, count, listed
from wording.offer import every, percent
from wording.plan import price_name
from wording.price_steps import regular
from wording.reader import Reader
from wording.sanitize import cut, one_line

UNTIL = "until you cancel"
_FEATURE_LENGTH = 80
_LISTED = 4
_NO_LETTER = "this is offered in no email and on no page"


def offered(terms: OfferTerms, *, reader: Reader) -> str:
    """Return an offer as a phrase without dates: "20% off your next 3 invoices", "2 free months"."""
    offer = terms.offer
    match offer:
        case DiscountOffer():
            off = reader.amount(offer.amount) if offer.amount is not None else percent(offer.percent)
            return f"{off} off {_invoices(terms)}"
        case FreeMonths():
            return "a free month" if offer.months == 1 else f"{offer.months} free months"
        case SwitchPlan():
            return f"{new_plan(terms)} at {reader.amount(terms.later)} {every(terms)}"
        case Pause():
            return "a month's pause" if offer.months == 1 else f"a pause of {offer.months} months"
        case ExtendTrial():
            return f"{count(offer.days, 'more day')} of trial"
        case Restart():
            return "your subscription as it was"
        case CallBack() | NoOffer():
            raise ValueError(_NO_LETTER)


def in_full(terms: OfferTerms, *, reader: Reader) -> tuple[str, ...]:
    """Return all that an offer does, in short sentences.

    What is bought again begins on the day it is bought, so its first invoices have no dates here.
    """
    offer, named = terms.offer, capital(offered(terms, reader=reader))
    match offer:
        case DiscountOffer():
            return (f"{named}{_dates(terms, reader, ': ')}.", _reduced(terms, reader), _then(terms, reader))
        case FreeMonths():
            return (f"{named}: nothing to pay{_dates(terms, reader, ' on ')}.", _then(terms, reader))
        case SwitchPlan():
            return (_switched(terms, terms.invoices[0], reader),)
        case Pause():
            return (
                f"{named}: you pay nothing until {_resumes(terms, reader)}.",
                *access_words(terms),
                f"On that day billing restarts by itself, at {_again_and_again(terms, reader)}, {UNTIL}.",
                "We will write to you a week before.",
            )
        case ExtendTrial():
            return (
                f"{named}: it goes on until {_resumes(terms, reader)}, and you pay nothing before.",
                f"From then on it is {_again_and_again(terms, reader)}, {UNTIL}.",
            )
        case Restart():
            start = _starts(terms, terms.invoices[0], reader)
            return (f"From {start} on it is {_again_and_again(terms, reader)}, {UNTIL}.",)
        case CallBack() | NoOffer():
            raise ValueError(_NO_LETTER)


def access_words(terms: OfferTerms) -> tuple[str, ...]:
    """Return whether the product can be used during a pause; nothing where that was not stored."""
    if terms.access is None:
        return ()
    return ("You can go on using it meanwhile." if terms.access == "kept" else "You can't use it meanwhile.",)


def new_plan(terms: OfferTerms) -> str:
    """Return the name of the plan that an offer leads to."""
    if terms.price is None:
        raise ValueError("a switch leads to one price")
    return price_name(terms.price)


def is_cheaper(terms: OfferTerms) -> bool:
    """Return whether the plan that an offer leads to costs less than the present one."""
    return terms.invoices[0].after.minor < terms.invoices[0].before.minor


def feature(shipped: str) -> str:
    """Return the name of a feature that is there now, as staff wrote it."""
    return cut(one_line(shipped), _FEATURE_LENGTH)


def _invoices(terms: OfferTerms) -> str:
    which = "next" if terms.phase == "pending" else "first"
    number = len(terms.invoices)
    return f"your {which} invoice" if number == 1 else f"your {which} {number} invoices"


def _dates(terms: OfferTerms, reader: Reader, before: str) -> str:
    """List the dates of the invoices, where they are known."""
    if terms.way == "checkout":
        return ""
    days = [reader.day(each.at) for each in terms.invoices]
    return f", from {days[0]} to {days[-1]}" if len(days) > _LISTED else before + listed(days)


def _starts(terms: OfferTerms, first: PlannedInvoice, reader: Reader) -> str:
    return "the day you come back" if terms.way == "checkout" else reader.day(first.at)


def _resumes(terms: OfferTerms, reader: Reader) -> str:
    """Return the day on which paying begins again, after a pause or a trial."""
    return reader.day(terms.invoices[0].at)


def _reduced(terms: OfferTerms, reader: Reader) -> str:
    """Return what the reduced invoices come to."""
    first, *more = terms.invoices
    if any((each.before, each.after) != (first.before, first.after) for each in more):
        return f"That is {listed([_instead(each, reader) for each in terms.invoices])}."
    each = " each" if more else ""
    return f"That is {reader.amount(first.after)}{each} instead of {reader.amount(first.before)}."


def _instead(invoice: PlannedInvoice, reader: Reader) -> str:
    return f"{reader.amount(invoice.after)} instead of {reader.amount(invoice.before)}"


def _then(terms: OfferTerms, reader: Reader) -> str:
    """Return what comes after the invoices that an offer touches."""
    after = f"{regular(terms, amount=reader.amount, day=reader.day)}, {UNTIL}."
    if terms.way == "checkout" or terms.later_at is None:
        return f"After that it is {after}"
    return f"From {reader.day(terms.later_at)} on it is {after}"


def _switched(terms: OfferTerms, first: PlannedInvoice, reader: Reader) -> str:
    begins = f"From {_starts(terms, first, reader)} on it is {new_plan(terms)}, at {_again_and_again(terms, reader)}"
    instead = f" instead of {reader.amount(first.before)}" if first.after == terms.later else ""
    return f"{begins}{instead}, {UNTIL}."


def _again_and_again(terms: OfferTerms, reader: Reader) -> str:
    """Return a regular amount with its steps."""
    return regular(terms, amount=reader.amount, day=reader.day)
