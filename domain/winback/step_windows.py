"""When a rule's steps are due, and until when each makes sense."""

from dataclasses import dataclass
from datetime import datetime

from domain.winback.decision import CaseSnapshot
from domain.winback.policy import Limits, Rule, StepTiming


@dataclass(frozen=True, slots=True, kw_only=True)
class StepWindow:
    """A step is due from `opens_at` on; `closes_at` is its last useful moment."""

    opens_at: datetime
    closes_at: datetime


def step_windows(rule: Rule, subject: CaseSnapshot, limits: Limits) -> tuple[StepWindow, ...]:
    """Say of each step when its time is.

    What comes before the end is useful till the end. What comes after it is useful till the case is too old, or till a
    later step's moment comes.
    """
    episode = subject.case.episode
    end = subject.pricing.subscription.ends_at or episode.ends_at or episode.requested_at
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
