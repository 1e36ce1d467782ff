"""Decide which offer a case gets, and why: pure and deterministic."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from domain.winback.blockers import Blocker, automatic_blockers, case_blockers, price_unless_blocked
from domain.winback.decision import CaseSnapshot, Decision, DecisionReason, History, Rejection
from domain.winback.lift import is_exempt
from domain.winback.offer import NoOffer, Offer, is_news, kind_of
from domain.winback.offer_lifetime import last_acceptance
from domain.winback.policy import Limits, Policy, Rule, StepTiming
from domain.winback.proposal import CustomerRequest
from domain.winback.rule_matching import first_match
from domain.winback.terms import OfferTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class StepWindow:
    """A step is due from `opens_at`, and useful until `closes_at`."""

    opens_at: datetime
    closes_at: datetime


def decide(snapshot: CaseSnapshot, history: History, policy: Policy, now: datetime) -> Decision:
    """Return what the policy offers a case now: the first step that is due of the first rule that matches.

    If a step is due but blocked, the next step that is due gets its turn. `rejected` lists what blocks every offer, and
    each step that was passed over.
    """
    against_all = (
        *case_blockers(snapshot, history, policy, now=now),
        *automatic_blockers(snapshot, history, policy, now=now),
    )
    rule, reasons = first_match(policy, snapshot) or (None, ())
    looks = tuple(_check_steps(rule, against_all, snapshot, history, policy, now=now)) if rule else ()
    chosen = next((look for look in looks if look.terms is not None), None)
    terms = chosen.terms if chosen else None
    later = [look.again_at for look in looks if look.again_at is not None]
    if rule is None:
        later = [each.until for each in against_all if each.until is not None]
    return Decision(
        rule=rule.name if rule else None,
        step=chosen.step if chosen else None,
        terms=terms,
        held_out=terms is not None and history.holdout and not is_exempt(terms.offer, snapshot.case.kind),
        reasons=(*reasons, DecisionReason(what="moment", detail=chosen.window.opens_at.isoformat()))
        if chosen
        else reasons,
        rejected=(
            *(each.rejected() for each in against_all),
            *_without_a_step(rule, looks),
            *(each for look in looks for each in look.rejected),
        ),
        last_useful_at=chosen.window.closes_at if chosen else None,
        look_again_at=min(later, default=None),
        due=any(look.window.opens_at <= now < look.window.closes_at for look in looks),
    )


def check_offer(
    offer: Offer,
    snapshot: CaseSnapshot,
    history: History,
    policy: Policy,
    now: datetime,
    *,
    by_hand: bool,
    until: datetime | None = None,
    request: CustomerRequest | None = None,
) -> OfferTerms | tuple[Rejection, ...]:
    """Return one offer's terms for a case, or everything that blocks it.

    An offer made by hand isn't blocked by the rule's timing, staff contact, the customer's words, an open survey or
    another live subscription, nor by the kinds that the rule never gives: those take two managers (`overrides_never`).
    Limits, suppression, a dispute, the holdout and a return always block; consent does unless the customer asked for
    the offer (`request`); the case's age does, but not news of a shipped feature. `until` is the last moment
    at which the offer can be accepted; None: that of a proposal made now.
    """
    rule, _ = first_match(policy, snapshot) or (None, ())
    until = until or accepted_by(snapshot, policy, decided_by=now + policy.limits.proposal_lifetime)
    barred = None if by_hand else rule
    terms, objections = _check(offer, barred, snapshot, history, policy, now=now, until=until, request=request)
    of_case = case_blockers(snapshot, history, policy, now=now, request=request)
    against = [*(each for each in of_case if each.why != "too_old" or not is_news(offer)), *objections]
    if not by_hand:
        against += automatic_blockers(snapshot, history, policy, now=now)
    if history.holdout and not is_exempt(offer, snapshot.case.kind):
        against.append(Blocker(why="holdout"))
    if terms is None or against:
        return tuple(each.rejected(offer=offer) for each in against)
    return terms


def overrides_never(offer: Offer, snapshot: CaseSnapshot, policy: Policy) -> str | None:
    """Return the name of the case's rule if it never gives this kind of offer, else None."""
    rule, _ = first_match(policy, snapshot) or (None, ())
    return rule.name if rule is not None and kind_of(offer) in rule.never else None


def accepted_by(
    snapshot: CaseSnapshot, policy: Policy, *, decided_by: datetime, send_at: datetime | None = None
) -> datetime:
    """Return the last moment at which a case's offer can be accepted if it is approved by then."""
    pricing = snapshot.pricing
    ends_at = None if pricing.phase == "ended" else pricing.subscription.ends_at
    return last_acceptance(policy, pricing.phase, decided_by=decided_by, send_at=send_at, ends_at=ends_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _StepCheck:
    """A step's terms, or why it was passed over, and when to look at it again."""

    step: int
    window: StepWindow
    terms: OfferTerms | None
    rejected: tuple[Rejection, ...]
    again_at: datetime | None


def _check_steps(
    rule: Rule,
    against_all: tuple[Blocker, ...],
    snapshot: CaseSnapshot,
    history: History,
    policy: Policy,
    *,
    now: datetime,
) -> Iterator[_StepCheck]:
    for number, window in enumerate(step_windows(rule, snapshot, policy.limits)):
        if (rule.name, number) in history.decided:
            continue
        offer = rule.steps[number].offer
        terms, objections, again_at = None, tuple[Blocker, ...](), None
        if now < window.opens_at:
            objections = (Blocker(why="too_early", detail=window.opens_at.isoformat()),)
            again_at = window.opens_at
        elif now >= window.closes_at:
            objections = (Blocker(why="too_late", detail=window.closes_at.isoformat()),)
        else:
            until = accepted_by(
                snapshot, policy, decided_by=min(now + policy.limits.proposal_lifetime, window.closes_at)
            )
            terms, objections = _check(offer, rule, snapshot, history, policy, now=now, until=until)
            refused = [each for each in history.refused if (each.rule, each.step) == (rule.name, number)]
            if refused:
                terms, objections = (
                    None,
                    (*objections, *(Blocker(why=each.why, detail=each.detail) for each in refused)),
                )
            ends = [each.until for each in (*against_all, *objections) if each.until is not None]
            again_at = min((end for end in ends if end < window.closes_at), default=None)
        yield _StepCheck(
            step=number,
            window=window,
            terms=None if against_all else terms,
            rejected=tuple(each.rejected(rule.name, number, offer) for each in objections),
            again_at=again_at,
        )


def _without_a_step(rule: Rule | None, looks: tuple[_StepCheck, ...]) -> Iterator[Rejection]:
    if rule is None:
        yield Rejection(why="no_rule")
    elif not looks:
        yield Rejection(why="no_step_left" if rule.steps else "no_offer", rule=rule.name)


def _check(
    offer: Offer,
    rule: Rule | None,
    snapshot: CaseSnapshot,
    history: History,
    policy: Policy,
    *,
    now: datetime,
    until: datetime,
    request: CustomerRequest | None = None,
) -> tuple[OfferTerms | None, tuple[Blocker, ...]]:
    if isinstance(offer, NoOffer):
        return None, (Blocker(why="no_offer"),)
    terms, objections = price_unless_blocked(offer, snapshot, history, policy, now=now, until=until, request=request)
    if rule is not None and kind_of(offer) in rule.never:
        return None, (Blocker(why="never", detail=rule.name), *objections)
    return terms, objections


def step_windows(rule: Rule, snapshot: CaseSnapshot, limits: Limits) -> tuple[StepWindow, ...]:
    """Return each step's window.

    A step before the end of the subscription is useful until the end. A step after it is useful until the next step is
    due, or until the case is too old.
    """
    episode = snapshot.case.episode
    end = snapshot.pricing.subscription.ends_at or episode.ends_at or episode.requested_at
    opens = [_opens(step.when, episode.requested_at, end) for step in rule.steps]
    found = []
    for number, (step, opens_at) in enumerate(zip(rule.steps, opens, strict=True)):
        if step.when.anchor == "before_end" or opens_at < end:
            closes_at = end
        else:
            closes_at = min([end + limits.oldest_case, *(each for each in opens[number + 1 :] if each > opens_at)])
        found.append(StepWindow(opens_at=opens_at, closes_at=closes_at))
    return tuple(found)


def _opens(when: StepTiming, requested_at: datetime, end: datetime) -> datetime:
    match when.anchor:
        case "after":
            return requested_at + when.span
        case "before_end":
            return max(requested_at, end - when.span)
        case "after_end":
            return end + when.span
