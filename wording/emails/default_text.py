"""What a win-back email says before the offer itself: what happened, what they told us, and what we can do."""

from domain.email import OfferEmail
from domain.winback.offer import CallBack, DiscountOffer, ExtendTrial, FreeMonths, NoOffer, Pause, Restart, SwitchPlan
from domain.winback.terms import OfferTerms
from wording.grammar import capital, count
from wording.offer_for_customer import feature, is_cheaper, new_plan, offered
from wording.reader import Reader

_TOLD = {
    "customer_service": "You told us that you were not happy with how we looked after you. We are sorry for that.",
    "low_quality": "You told us that it was not good enough. We are sorry for that, and thank you for saying so.",
    "missing_features": "You told us that something was missing in it.",
    "switched_service": "You told us that you changed to another service.",
    "too_complex": "You told us that it was too complicated. Thank you for saying so.",
    "too_expensive": "You told us that it was too expensive.",
    "unused": "You told us that you did not use it enough.",
}
"""What one of Stripe's reasons means for an email; "other" and what Stripe adds later are passed over."""

_LET_DOWN = frozenset({"customer_service", "low_quality", "too_complex"})
_UNPAID = "payment_failed"


def subject(content: OfferEmail, *, company: str, reader: Reader) -> str:
    """Write a plain subject. It has nothing that a customer wrote, and only the company's own names."""
    terms = content.terms
    match terms.offer:
        case DiscountOffer() | FreeMonths() | ExtendTrial():
            return f"{capital(offered(terms, reader=reader))} at {company}"
        case SwitchPlan():
            return f"{'A lighter' if is_cheaper(terms) else 'Another'} plan at {company}"
        case Pause():
            return f"You can pause your subscription at {company}"
        case Restart(shipped=shipped):
            if shipped is not None:
                return f"What is new at {company}"
            if content.kind == _UNPAID or terms.phase != "ended":
                return f"Your subscription at {company}"
            return f"Your subscription at {company}, if you want it back"
        case CallBack() | NoOffer():
            raise ValueError("this is offered in no email")


def happened(content: OfferEmail) -> str:
    """Return what happened and the reason they gave."""
    told = _TOLD.get(content.reason or "")
    return f"{_happened(content)} {told}" if told else _happened(content)


def reminder(content: OfferEmail, *, reader: Reader) -> str:
    """Return what a reminder says before the offer: when we wrote, and until when the offer is open."""
    if content.reminds_of is None:
        raise ValueError("this reminds of no email")
    wrote = f"On {reader.day(content.reminds_of)} we wrote to you about your subscription to {content.plan}."
    return f"{wrote} Our offer is still open, until {reader.moment(content.expires_at)}:"


def button(terms: OfferTerms) -> str:
    """Return what the button leads to; it promises no more than the page shows."""
    if isinstance(terms.offer, Restart):
        return "See how to go on" if terms.way == "resume" else "See how to come back"
    return "See the offer"


def _happened(content: OfferEmail) -> str:
    plan, phase = content.plan, content.terms.phase
    if phase == "trialing":
        return f"You have cancelled your trial of {plan}, which still goes on for a while."
    if content.kind == _UNPAID:
        ends = "has ended" if phase == "ended" else "is about to end"
        return f"Your subscription to {plan} {ends}, because a payment did not go through."
    if phase == "pending":
        return f"You have cancelled your subscription to {plan}, and you can still use it until it ends."
    if content.kind == "trial_ended":
        return f"Your trial of {plan} has ended."
    return f"Your subscription to {plan} has ended."


def can_do(content: OfferEmail) -> str:
    """Return what we can do, in words that lead to the offer itself."""
    terms, reason = content.terms, content.reason
    you = "come back" if terms.phase == "ended" else "stay"
    match terms.offer:
        case DiscountOffer():
            return f"If you {you}, you can pay less {_how_long(terms)}:"
        case FreeMonths(months=months):
            which = "next" if terms.way == "resume" else "first"
            free = f"the {which} month is" if months == 1 else f"the {which} {count(months, 'month')} are"
            try_us = "If you would like to give us another try" if reason in _LET_DOWN else f"If you {you}"
            return f"{try_us}, {free} free:"
        case SwitchPlan():
            return _other_plan(terms)
        case Pause():
            perhaps = "Perhaps a break is enough. " if reason == "unused" else ""
            return f"{perhaps}Instead of leaving you can pause:"
        case ExtendTrial():
            return "If you would like more time to try it, you can have it:"
        case Restart():
            return _go_on(content, terms.offer)
        case CallBack() | NoOffer():
            raise ValueError("this is offered in no email")


def _how_long(terms: OfferTerms) -> str:
    if len(terms.invoices) > 1:
        return "for a while"
    return f"for your {'next' if terms.phase == 'pending' else 'first'} invoice"


def _other_plan(terms: OfferTerms) -> str:
    plan = new_plan(terms)
    if is_cheaper(terms):
        return f"There is a plan that costs less: {plan}. Please look first whether it has what you need."
    return f"There is another plan that may suit you better: {plan}. Please look first whether it has what you need."


def _go_on(content: OfferEmail, offer: Restart) -> str:
    ended = content.terms.phase == "ended"
    if offer.shipped is not None:
        news = f"There is something new: {feature(offer.shipped)}."
        return f"{news} If that changes your mind, you are welcome {'back' if ended else 'to stay'}:"
    if content.kind == _UNPAID:
        return "If you did not mean to leave, you can simply go on:"
    if content.reason == "switched_service":
        return f"If it is not what you hoped for there, you are welcome {'back' if ended else 'to stay'}:"
    return (
        "If you would like to have it back, you can:" if ended else "If you would like to keep it after all, you can:"
    )
