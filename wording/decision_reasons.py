"""Why something is proposed, and why something else is not: the decision's codes in words for staff."""

from collections.abc import Callable
from datetime import UTC, datetime

from domain.money import Money
from domain.winback.decision import DecisionReason, DecisionReasonKind, Rejection, RejectionReason
from wording.dates import full_day
from wording.grammar import count
from wording.money import money, per_month
from wording.offer import offer_words
from wording.reason import feedback, kind
from wording.sanitize import cut, one_line

_MOST = 150

_PHASES = {"pending": "cancelled, and still paid up", "trialing": "still on trial", "ended": "the subscription is over"}


def because_words(because: DecisionReason) -> str:
    """Return what spoke for an offer, in a phrase that stands by itself: "the reason is: too expensive"."""
    return _BECAUSE[because.what](because.detail)


def rejected_words(rejected: Rejection) -> str:
    """Return what was not done and why: "20% off 3 invoices: its time has not come yet: it is due on 17 Dec 2026"."""
    why = against_words(rejected)
    return why if rejected.offer is None else f"{offer_words(rejected.offer)}: {why}"


def against_words(rejected: Rejection) -> str:
    """Return only why something was not done, in words that go on after a colon."""
    return _WHY[rejected.why](rejected.detail)


def code_words(code: str) -> str | None:
    """Return one of the decision's codes that was kept without its detail; None where it is none of them."""
    said = {str(why): words for why, words in _WHY.items()}.get(code)
    return None if said is None else said("")


def _said(words: str) -> Callable[[str], str]:
    """Return words that don't depend on the detail."""
    return lambda _: words


def _named(before: str, after: str = "") -> Callable[[str], str]:
    """Put words around the detail, if there is one."""
    return lambda detail: f"{before}{cut(one_line(detail), _MOST)}{after}"


def _quoted(before: str, after: str) -> Callable[[str], str]:
    return lambda detail: f"{before} “{cut(one_line(detail), _MOST)}” {after}" if detail else f"{before} {after}"


def _dated(before: str, bare: str) -> Callable[[str], str]:
    """Make words that end in the detail's day; `bare` where the day is not known."""
    return lambda detail: f"{before} {_day(detail)}" if detail else bare


def _day(moment: str) -> str:
    return full_day(datetime.fromisoformat(moment), zone=UTC)


def _amount(detail: str) -> Money:
    minor, currency = detail.split(" ")
    return Money(int(minor), currency)


def _left(detail: str) -> str:
    return f"this month's budget has only {money(_amount(detail))} left" if detail else "this month's budget is spent"


def _months(detail: str) -> str:
    return f"they paid for {count(int(detail), 'month')}" if detail.isdecimal() else "how long they paid"


_BECAUSE: dict[DecisionReasonKind, Callable[[str], str]] = {
    "rule": _quoted("the rule", "is for cases like this"),
    "reason": lambda detail: "they gave no reason" if detail == "none" else f"they said: {feedback(one_line(detail))}",
    "feedback_option": _named("they chose: "),
    "tag": _named("they asked for: "),
    "kind": lambda detail: f"how it ended: {kind(one_line(detail))}",
    "product": _named("their product is "),
    "price": _named("their price is "),
    "country": _named("they live in "),
    "words": _said("whether they left words of their own is as the rule wants it"),
    "value": lambda detail: f"they are worth {per_month(_amount(detail)) if detail else 'an amount that is not known'}",
    "paid_months": _months,
    "phase": lambda detail: f"where they stand: {_PHASES.get(detail, detail)}",
    "noted": lambda _: "staff noted that reason, the customer gave none",
    "moment": _dated("its time came on", "its time has come"),
    "costs_more": lambda detail: (
        f"they wanted to take it up, but it would cost more than the {money(_amount(detail))} that were approved"
    ),
}

_WHY: dict[RejectionReason, Callable[[str], str]] = {
    "phase": lambda detail: f"it is not for somebody like this ({_PHASES.get(detail, detail)})",
    "interval": _said("it does not go with how often they pay"),
    "outlasts": _dated(
        "a coupon would run out before the invoice of", "a coupon would run out before the last invoice"
    ),
    "currency": _said("they pay in another currency"),
    "no_cheaper_plan": _said(
        "there is no cheaper plan of the same currency and interval that the portal lets them choose"
    ),
    "no_such_price": _said("the portal lets them choose no such price"),
    "several_items": _said("their subscription has several items, and it is not clear which to switch"),
    "metered": _said("they pay by usage, so nobody knows what it would cost"),
    "running_discount": _said("a discount runs already, and the policy allows no second one"),
    "percent_limit": lambda detail: (
        f"with what runs already it would be over the policy's limit{f' of {detail}%' if detail else ''}"
    ),
    "invoices_limit": lambda detail: f"the policy allows fewer invoices{f': {detail} at most' if detail else ''}",
    "no_end_known": _said("nobody knows when the next invoice comes"),
    "already_paused": _said("their payments are paused already"),
    "discount_unknown": _said(
        "the coupon of a discount that they have was deleted at Stripe, so nobody knows what they pay; remove the "
        "discount there, then propose again"
    ),
    "nothing_to_give": _said("they pay nothing already"),
    "pays_more": _said("they would pay more with it than without, because of a discount that they have"),
    "price_archived": _said("this price is not sold any more; choose a plan"),
    "mixed_intervals": _said(
        "they paid for things at different intervals, which can't be bought at once; talk to them"
    ),
    "too_many_items": _said("they have more than 20 items, and Checkout sells no more than that; talk to them"),
    "quantity_zero": _said("one of their items has a quantity of 0, which can't be bought; talk to them"),
    "pinned_currency": _said("they are billed in another currency by now; a person can make them a new subscription"),
    "pays_by_invoice": _said("they pay by invoice: a person does it"),
    "platform_fee": _said("a platform takes a fee of their payments, which only the platform itself can set up again"),
    "schedule": _said("a schedule leads their subscription; release it at Stripe first"),
    "customer_deleted": _said("the customer was deleted at Stripe; nothing can be offered"),
    "gone": _said("their subscription, customer or price is gone at Stripe; look there what became of it"),
    "no_tax_address": _said("Stripe Tax has no address of theirs to go by; enter it at Stripe, then propose again"),
    "uncollectable": _said("no payment can be of such an amount in their currency; choose another percentage"),
    "stripe_refuses": lambda code: (
        f"Stripe would refuse it{f' ({cut(one_line(code), _MOST)})' if code else ''}; look at the subscription there"
    ),
    "no_rule": _said("no rule of the policy is for a case like this"),
    "no_step_left": _said("everything that the rule has was decided already"),
    "no_offer": _said("the policy offers nothing in such a case"),
    "never": _quoted("the rule", "never gives this"),
    "no_thanks": _said("they said “No, thanks” to the offer before"),
    "own_decision": _said("the payment was no mishap: they ended it, so a person should decide"),
    "needs_a_person": _quoted("they wrote", "and a person should read that first"),
    "asks_for_silence": _quoted("they wrote", "so they are left in peace"),
    "reason_open": _said("they may still be answering why they leave; that takes a few minutes"),
    "too_early": _dated("its time has not come yet: it is due on", "its time has not come yet"),
    "too_late": _dated("it would be too late: it made sense until", "it is too late for it"),
    "too_old": _said("they left too long ago"),
    "silent": _said("the cancellation is older than this program's first start here"),
    "withdrawn": _said("there is no cancellation after all"),
    "back": _said("they are back already"),
    "switched": _said("they switched to another subscription"),
    "other_live": _said("they have another subscription that goes on"),
    "suppressed": _said("they are not to be contacted"),
    "own_wish": _said("they unsubscribed from such emails, so only the link can be passed on"),
    "disputed": _said("they dispute a payment"),
    "internal": _said("the address is one of the company's own"),
    "no_address": _said("there is no email address on file"),
    "no_consent": lambda detail: (
        f"they have not agreed to such emails, and in {detail} that is needed"
        if detail
        else "they have not agreed to such emails, and their country is unknown"
    ),
    "consent_ended": _said("the two years are over for which having bought counts as agreeing to emails"),
    "cooldown": _dated("they were made an offer lately; the next one may come after", "they were made an offer lately"),
    "cooldown_by_card": _dated(
        "somebody with the same card was made an offer lately; the next one may come after",
        "somebody with the same card was made an offer lately",
    ),
    "open_already": _said("another proposal or offer to them is still open"),
    "holdout": _said("they are in the group that gets no offers, by which the others are measured"),
    "budget": _left,
    "talked_to": _said("a colleague talks to them"),
    "no_zone": _said("TIMEZONE is not set, so it is not known when it is day for an email"),
    "beyond_limits": _said("it goes beyond the policy's limits"),
}
