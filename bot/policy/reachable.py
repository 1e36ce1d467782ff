"""Which cases can reach a rule, and which of its steps can follow one another."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from bot.policy.rule_texts import duration_text
from domain.money import Money
from domain.winback.offer import CallBack
from domain.winback.policy import Limits, Match, Rule, Step
from domain.winback.rule_matching import NO_REASON
from wording.grammar import listed
from wording.money import money

_AT_ONCE_OVER = frozenset({"payment_failed", "payment_disputed", "trial_ended"})
"""Kinds of cancellation by which Stripe ends a subscription at once."""
_SETS = ("reasons", "feedback_options", "tags", "kinds", "products", "prices", "countries", "phases")


def possible_phases(match: Match) -> frozenset[str]:
    """Return the phases in which a rule's cases can be."""
    phases = match.phases or frozenset({"pending", "trialing", "ended"})
    return phases & {"ended"} if match.kinds and match.kinds <= _AT_ONCE_OVER else phases


def hidden_behind(rule: Rule, earlier: Iterable[Rule]) -> Rule | None:
    """Return the first earlier rule that takes every case of a rule, or None."""
    return next((each for each in earlier if _takes_all(each.match, rule.match)), None)


def audience_conflicts(rule: Rule) -> Iterator[tuple[str, str]]:
    """Yield a key and why no case fits what the rule asks for."""
    match = rule.match
    yield from _value_bounds(match.monthly_min, match.monthly_max)
    least, most = match.paid_months_min, match.paid_months_max
    if least is not None and most is not None and least > most:
        yield "paid_months_min", f"is above paid_months_max: nobody has paid for {least} months and only {most}"
    if not possible_phases(match):
        how = listed(sorted(match.kinds), "or")
        yield "phases", f'no case fits: {how} ends a subscription at once; write phases = ["ended"], or leave it out'
    if match.reasons == {NO_REASON} and match.feedback_options:
        yield "reasons", 'no case fits "none" and a feedback option: who chose an option gave a reason; remove one'


def gap_warnings(rule: Rule, limits: Limits) -> Iterator[str]:
    """Yield a sentence for each step whose time is over before another step's email leaves room for it."""
    for number, step in enumerate(rule.steps):
        for other, before in enumerate(rule.steps):
            held, why = _held_by(before, limits)
            opens, begins = _opens(step), _opens(before)
            if opens is None or begins is None or other == number or begins >= opens:
                continue
            if begins + held >= _closes(rule.steps, number, limits):
                yield (
                    f'rule "{rule.name}", steps[{number + 1}]: only comes if steps[{other + 1}] isn\'t sent: {why} is '
                    f"{duration_text(held)}, and its own time is over by then. Move the two further apart, or shorten "
                    f"{why}."
                )
                break


def _value_bounds(least: Sequence[Money], most: Sequence[Money]) -> Iterator[tuple[str, str]]:
    for low in least:
        for high in most:
            if low.currency == high.currency and low.minor > high.minor:
                yield (
                    "monthly_min",
                    f"{money(low)} is above monthly_max, which is {money(high)}, so no case fits; swap the two",
                )
    if least and most and not {each.currency for each in least} & {each.currency for each in most}:
        yield "monthly_max", "has no currency in common with monthly_min, so no case fits; write both in each currency"


def _takes_all(wide: Match, narrow: Match) -> bool:
    """Return whether every case that the narrow criteria let in passes the wide ones too."""
    for name in _SETS:
        lets_in, asked = getattr(wide, name), getattr(narrow, name)
        if name == "phases":
            asked = possible_phases(narrow)
        if lets_in and not (asked and asked <= lets_in):
            return False
    if wide.words is not None and wide.words != narrow.words:
        return False
    low, high = wide.paid_months_min, wide.paid_months_max
    if low is not None and (narrow.paid_months_min is None or narrow.paid_months_min < low):
        return False
    if high is not None and (narrow.paid_months_max is None or narrow.paid_months_max > high):
        return False
    return _inside(narrow.monthly_min, wide.monthly_min, at_least=True) and _inside(
        narrow.monthly_max, wide.monthly_max, at_least=False
    )


def _inside(narrow: Sequence[Money], wide: Sequence[Money], *, at_least: bool) -> bool:
    """Return whether one rule's bounds on the monthly value lie within another's."""
    if not wide:
        return True
    known = {bound.currency: bound.minor for bound in wide}
    return bool(narrow) and all(
        bound.currency in known
        and (bound.minor >= known[bound.currency] if at_least else bound.minor <= known[bound.currency])
        for bound in narrow
    )


def _opens(step: Step) -> timedelta | None:
    """Return when a step opens, counted from the end; None where that depends on the case."""
    match step.when.anchor:
        case "before_end":
            return -step.when.span
        case "after_end":
            return step.when.span
        case "after":
            return None


def _closes(steps: Sequence[Step], number: int, limits: Limits) -> timedelta:
    if steps[number].when.anchor == "before_end":
        return timedelta()
    opens = [each for each in map(_opens, steps[number + 1 :]) if each is not None and each > steps[number].when.span]
    return min([limits.oldest_case, *opens])


def _held_by(step: Step, limits: Limits) -> tuple[timedelta, str]:
    """Return how long a step's email keeps the next one away, and by which limit."""
    stays_open = step.when.anchor == "after_end" and not isinstance(step.offer, CallBack)
    if stays_open and limits.offer_lifetime > limits.step_gap:
        return limits.offer_lifetime, "limits.offer_lifetime"
    return limits.step_gap, "limits.step_gap"
