"""The funnel: how far each cancellation has come on its way to being won back, and what stopped it there."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from typing import Self

from domain.winback.decision import Decision
from domain.winback.outcome import ReturnCause
from domain.winback.proposal import TAKEN_BACK, EmailState, OfferState, ProposalState


class Stage(IntEnum):
    """The stages in order; a case that reached one has passed those before."""

    CANCELLED = 0
    MATCHED = 1  # a rule matched
    DUE = 2  # a step of it came due
    PROPOSED = 3
    APPROVED = 4
    SENT = 5
    ACCEPTED = 6
    PAYING = 7  # still, 30 days after the first invoice


@dataclass(frozen=True, slots=True)
class Stop:
    """The last stage that a case has reached, and why it has come no further so far; no cause at the last stage."""

    stage: Stage
    cause: str

    def __str__(self) -> str:
        return f"{self.stage.value}:{self.cause}"

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what `str` wrote."""
        stage, _, cause = text.partition(":")
        return cls(Stage(int(stage)), cause)


NOT_EVALUATED = Stop(Stage.CANCELLED, "not_evaluated")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What the policy last said of a case; `due_at` is when a step was first found due, None if none was.

    `cause` is what stood against it, of a case that came due: while it was due.
    """

    rule: str | None
    due_at: datetime | None
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseProgress:
    """All that says how far a case has come; `proposals` and `offers` are in the order in which they were made."""

    evaluation: Evaluation | None
    proposals: Sequence[tuple[ProposalState, str | None]] = ()  # with why
    offers: Sequence[tuple[OfferState, EmailState, str | None]] = ()
    returned: ReturnCause | None = None
    stayed_30: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelStage:
    """How many cases reached a stage, and how many of them stopped there, by cause, the most frequent first."""

    stage: Stage
    cases: int
    stops: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """All stages in order: the cases of one are those of the next and all that stopped.

    `consent_key` is where consent to email is stored, in a customer's metadata at Stripe.
    """

    stages: tuple[FunnelStage, ...]
    consent_key: str

    def stage(self, stage: Stage) -> FunnelStage:
        """Return one stage."""
        return self.stages[stage]


def evaluation_of(decision: Decision, *, now: datetime) -> Evaluation:
    """Return what a decision says of how far its case has come."""
    for_all = [each.why for each in decision.rejected if each.rule is None]
    of_steps = [each.why for each in decision.rejected if each.rule is not None]
    in_time = [why for why in of_steps if why not in {"too_early", "too_late"}]
    waiting = ["too_early"] if "too_early" in of_steps else []
    causes = [*for_all, *in_time] if decision.due else [*(for_all or waiting), *of_steps]
    return Evaluation(
        rule=decision.rule, due_at=now if decision.due else None, cause=next(iter(causes), "nothing_left")
    )


def stop_of(case: CaseProgress) -> Stop:
    """Return how far a case has come; what somebody did by hand counts as if a rule had asked for it."""
    return _accepted(case) or _offered(case) or _proposed(case) or _evaluated(case.evaluation)


def _accepted(case: CaseProgress) -> Stop | None:
    if case.returned != "accepted" and not any(state in {"accepted", "undoing"} for state, _, _ in case.offers):
        return None
    if case.stayed_30:
        return Stop(Stage.PAYING, "")
    return Stop(Stage.ACCEPTED, "not_yet_30_days" if case.stayed_30 is None else "left_again")


def _offered(case: CaseProgress) -> Stop | None:
    sent = [(state, why) for state, email, why in case.offers if email == "sent" or _passed_on(state, email, why)]
    if sent:
        state, why = sent[-1]
        if case.returned is not None:
            return Stop(Stage.SENT, "back_without_offer")
        if why is not None and why.startswith(TAKEN_BACK):
            return Stop(Stage.SENT, "taken_back")
        return Stop(Stage.SENT, why or ("unanswered" if state in {"sent", "accepting"} else state))
    if case.offers:
        state, email, why = case.offers[-1]
        return Stop(Stage.APPROVED, "unclear" if email == "unclear" else why or state)
    return None


def _passed_on(state: OfferState, email: EmailState, why: str | None) -> bool:
    """Return whether an offer isn't emailed, and its link could be passed on; nor is a call emailed."""
    return email == "none" and why != "call" and state not in {"sending", "stopped", "failed"}


def _proposed(case: CaseProgress) -> Stop | None:
    shown = [(state, why) for state, why in case.proposals if state != "held_out"]
    if not shown:
        return Stop(Stage.DUE, "holdout") if case.proposals else None
    state, why = shown[-1]
    if state in {"approved", "stopped"}:
        return Stop(Stage.APPROVED, why or ("call" if state == "approved" else "stopped"))
    return Stop(Stage.PROPOSED, state if state in {"open", "declined", "expired"} else why or state)


def _evaluated(evaluation: Evaluation | None) -> Stop:
    if evaluation is None:
        return NOT_EVALUATED
    if evaluation.due_at is not None:
        return Stop(Stage.DUE, evaluation.cause)
    return Stop(Stage.CANCELLED if evaluation.rule is None else Stage.MATCHED, evaluation.cause)


def funnel(stops: Mapping[Stop, int], *, consent_key: str) -> Funnel:
    """Add up where cases stopped."""
    by_stage = {stage: Counter[str]() for stage in Stage}
    for stop, cases in stops.items():
        by_stage[stop.stage][stop.cause] += cases
    reached = {stage: sum(each.total() for at, each in by_stage.items() if at >= stage) for stage in Stage}
    stages = [
        FunnelStage(stage=stage, cases=reached[stage], stops=tuple(sorted(by_stage[stage].items(), key=_most_first)))
        for stage in Stage
    ]
    last = replace(stages[Stage.PAYING], stops=())
    return Funnel(stages=(*stages[: Stage.PAYING], last), consent_key=consent_key)


def _most_first(stop: tuple[str, int]) -> tuple[int, str]:
    return -stop[1], stop[0]
