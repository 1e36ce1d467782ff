"""When each step of a rule is due, and when it stops making sense."""

from dataclasses import dataclass
from datetime import datetime

from domain.winback.decision import CaseSnapshot
from domain.winback.policy import Limits, Rule, StepTiming


@dataclass(frozen=True, slots=True, kw_only=True)
class StepWindow:
    """A step is due from `opens_at`, and useful until `closes_at`."""

    opens_at: datetime
    closes_at: datetime


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
