"""A policy's rules in words, for `winback policy check`."""

from collections.abc import Iterator
from datetime import timedelta

from domain.winback.offer import DiscountOffer, ManagerLimits
from domain.winback.policy import Limits, Match, Rule, Step, StepTiming
from domain.winback.rule_matching import NO_REASON
from wording.grammar import count, listed
from wording.money import money
from wording.offer import offer_words, percent
from wording.reason import feedback, kind

_PHASES = {"pending": "still paid up", "trialing": "still on trial", "ended": "over"}
_KINDS = {
    "discount": "a discount",
    "free_months": "free months",
    "switch_plan": "another plan",
    "pause": "a pause",
    "extend_trial": "a longer trial",
    "restart": "an email without an offer",
    "call_back": "a talk",
    "no_offer": "nothing",
    "automatic_email": "an email that nobody has approved",
}
_UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


def audience_text(match: Match) -> str:
    """Return whom a rule is for: "who says: too expensive", or "everybody"."""
    return "; ".join(_asked(match)) or "everybody"


def step_text(step: Step) -> str:
    """Return when to make which offer, and how far one manager may change it."""
    furthest = ", ".join(_furthest(step.up_to, step))
    further = f" (a manager may go up to {furthest})" if furthest else ""
    return f"{_moment(step.when)}: {offer_words(step.offer)}{further}"


def never_text(rule: Rule) -> str | None:
    """Return what a rule never offers, or None."""
    return listed((_KINDS[each] for each in sorted(rule.never)), "or") if rule.never else None


def reminder_text(limits: Limits) -> str:
    """Return when the one reminder of an offer is sent, or that none is."""
    before = limits.remind_before_end
    return f"one email, {duration_text(before)} before an offer ends" if before else "none is sent"


def duration_text(span: timedelta) -> str:
    """Return a duration in the largest unit that divides it: "2 hours", "14 days"."""
    for unit, name in _UNITS:
        if span and not span % unit:
            return count(span // unit, name)
    return "no time"


def _moment(when: StepTiming) -> str:
    match when.anchor:
        case "before_end":
            return f"{duration_text(when.span)} before the end"
        case "after_end":
            return f"{duration_text(when.span)} after the end"
        case "after":
            return f"{duration_text(when.span)} after they asked" if when.span else "as soon as they asked"


def _asked(match: Match) -> Iterator[str]:
    named = {
        "who says: ": map(_reason, sorted(match.reasons)),
        "who chooses: ": sorted(match.feedback_options),
        "who asked for: ": sorted(match.tags),
        "how it ended: ": map(kind, sorted(match.kinds)),
        "whose product is ": sorted(match.products),
        "whose price is ": sorted(match.prices),
        "whose country is ": sorted(match.countries),
        "whose subscription is ": (_PHASES[each] for each in sorted(match.phases)),
    }
    for before, names in named.items():
        if words := listed(names, "or"):
            yield f"{before}{words}"
    if match.words is not None:
        yield "with words of their own" if match.words else "without words of their own"
    for bounds, which in ((match.monthly_min, "least"), (match.monthly_max, "most")):
        if bounds:
            yield f"worth {listed(map(money, bounds), 'or')} a month at {which}"
    for months, which in ((match.paid_months_min, "least"), (match.paid_months_max, "most")):
        if months is not None:
            yield f"who paid for {count(months, 'month')} at {which}"


def _reason(value: str) -> str:
    return "nothing" if value == NO_REASON else feedback(value)


def _furthest(up_to: ManagerLimits, step: Step) -> Iterator[str]:
    if up_to.percent is not None:
        yield percent(up_to.percent)
    if up_to.amount is not None:
        yield money(up_to.amount)
    if up_to.invoices is not None and isinstance(step.offer, DiscountOffer):
        yield count(up_to.invoices, "invoice")
    if up_to.months is not None:
        yield count(up_to.months, "month")
    if up_to.days is not None:
        yield count(up_to.days, "day")
