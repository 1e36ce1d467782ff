"""Match rules to cases, and say what matched."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import ge, le
from typing import Literal

from domain.billing.monthly_value import MonthlyValue, monthly_value
from domain.cancellations.stored_case import Case
from domain.money import Money
from domain.winback.decision import CaseSnapshot, DecisionReason, DecisionReasonKind
from domain.winback.policy import Match, Policy, Rule

NO_REASON = "none"
"""Matches cases without a reason, among a rule's reasons."""
_SAID = frozenset({"reason", "feedback_option", "words"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedFeature:
    """A feature that is there now, and other words for it."""

    name: str
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Where a case asks for a feature, and in which words."""

    found_in: Literal["tag", "option", "words"]
    words: str


def wish_for(feature: ShippedFeature, case: Case) -> Wish | None:
    """Return where a case asks for a feature, by its name or a synonym as whole words, or None; case doesn't matter."""
    told = case.episode.cancellation
    wanted = {"feature": (feature.name, *feature.synonyms)}
    for tag in case.tags:
        if find_phrase(tag, wanted):
            return Wish(found_in="tag", words=tag)
    if told.feedback_option is not None and find_phrase(told.feedback_option, wanted):
        return Wish(found_in="option", words=told.feedback_option)
    if told.comment is not None and find_phrase(told.comment, wanted):
        return Wish(found_in="words", words=told.comment)
    return None


def first_match(policy: Policy, snapshot: CaseSnapshot) -> tuple[Rule, tuple[DecisionReason, ...]] | None:
    """Return the first rule that matches, and why; later rules don't count."""
    noted = snapshot.case.noted_reason if policy.match_noted else None
    if noted is not None:
        snapshot = replace(snapshot, case=snapshot.case.with_noted())
    for rule in policy.rules:
        reasons = match_rule(rule, snapshot)
        if reasons is not None:
            by_staff = noted is not None and any(each.what in _SAID for each in reasons)
            return rule, (*reasons, DecisionReason(what="noted", detail="")) if by_staff else reasons
    return None


def match_rule(rule: Rule, snapshot: CaseSnapshot) -> tuple[DecisionReason, ...] | None:
    """Return what matched, beginning with the rule's name, or None if the rule doesn't match."""
    found = [DecisionReason(what="rule", detail=rule.name)]
    for what, wanted, has in _sets(rule.match, snapshot):
        common = sorted(wanted & has)
        if wanted and not common:
            return None
        found += [DecisionReason(what=what, detail=each) for each in common]
    for reason, fits in _amounts(rule.match, snapshot):
        if not fits:
            return None
        found.append(reason)
    return tuple(found)


def _sets(match: Match, snapshot: CaseSnapshot) -> Iterator[tuple[DecisionReasonKind, frozenset[str], frozenset[str]]]:
    """Yield each criterion with a set of values: its kind, what the rule wants, and what the case has."""
    case, prices = snapshot.case, [item.price for item in snapshot.pricing.subscription.items]
    words = case.episode.cancellation
    yield "reason", match.reasons, _reasons(case)
    yield "feedback_option", match.feedback_options, _known(words.feedback_option)
    yield "tag", match.tags, frozenset(tag.casefold() for tag in case.tags)
    yield "kind", match.kinds, _known(words.kind)
    yield "product", match.products, frozenset(price.product_id for price in prices)
    yield "price", match.prices, frozenset(price.id for price in prices)
    yield "country", match.countries, _known(snapshot.customer.country)
    yield "phase", match.phases, frozenset({snapshot.pricing.phase})


def _reasons(case: Case) -> frozenset[str]:
    words = case.episode.cancellation
    if words.feedback is None and words.feedback_option is None:
        return frozenset({NO_REASON})
    return _known(words.feedback)


def _known(value: str | None) -> frozenset[str]:
    return frozenset() if value is None else frozenset({value})


def _amounts(match: Match, snapshot: CaseSnapshot) -> Iterator[tuple[DecisionReason, bool]]:
    """Yield each bound that the rule sets, and whether the case is within it."""
    comment = snapshot.case.episode.cancellation.comment
    if match.words is not None:
        yield DecisionReason(what="words", detail=""), bool(comment) == match.words
    if match.monthly_min or match.monthly_max:
        value = value_of_case(snapshot)
        amount = value.would_be
        fits = value.known and _within(amount, match.monthly_min, ge) and _within(amount, match.monthly_max, le)
        detail = f"{amount.minor} {amount.currency}" if value.known else ""
        yield DecisionReason(what="value", detail=detail), fits
    if match.paid_months_min is not None or match.paid_months_max is not None:
        paid = snapshot.paid_months
        least, most = match.paid_months_min, match.paid_months_max
        fits = paid is not None and (least is None or paid >= least) and (most is None or paid <= most)
        yield DecisionReason(what="paid_months", detail=str(paid)), fits


def may_be_held_out(first: MonthlyValue, below: Mapping[str, Money]) -> bool:
    """Return whether somebody may be drawn into the holdout, by what their first case was worth a month.

    Not where that is `below` or more, or where nobody knows.
    """
    most = below.get(first.would_be.currency)
    return most is None or (first.known and first.would_be.minor < most.minor)


def value_of_case(snapshot: CaseSnapshot) -> MonthlyValue:
    """Return what a case was worth a month."""
    case = snapshot.case
    return case.loss or monthly_value(snapshot.pricing.subscription, at=case.episode.requested_at)


def _within(value: Money, bounds: Sequence[Money], compare: Callable[[int, int], bool]) -> bool:
    return not bounds or any(value.currency == each.currency and compare(value.minor, each.minor) for each in bounds)


def find_phrase(comment: str | None, phrases: Mapping[str, Iterable[str]]) -> str | None:
    """Return the first phrase, in any language, that a comment contains as whole words, or None.

    Case, the kind of apostrophe and the width of spaces don't matter.
    """
    if comment is None:
        return None
    text = _plain(comment)
    for phrase in (each for language in phrases.values() for each in language):
        if re.search(rf"(?<!\w){re.escape(_plain(phrase))}(?!\w)", text):
            return phrase
    return None


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return " ".join(folded.split())
