"""Cases: a case is one cancellation of one subscription, folded from all observations of that subscription.

An example, with what the fold returns:

1. 1 May, event: `cancel_at_period_end` is set, `canceled_at` 1 May. One episode, pending.
2. 3 May, event: the flag is cleared. The same episode, resumed.
3. 9 May, event: the flag is set again, `canceled_at` 9 May. A second episode, pending: `canceled_at` is new.
4. 31 May, event `customer.subscription.deleted`. The second episode has ended.
5. A late copy of 1 changes nothing: the observations are ordered first, and the fold starts from nothing each time.

Had 2 been an accepted offer that the customer undid on 9 May, 3 would be the first episode again, pending as before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from domain.billing.monthly_value import MonthlyValue
from domain.billing.subscription import Cancellation
from domain.cancellations.fixed_term import FixedTerm
from domain.cancellations.observation import Observation
from domain.cancellations.timeline import SeenState, State, arrange
from domain.ids import CaseId
from domain.money import Money

CaseState = Literal["pending", "ended", "resumed", "withdrawn"]
"""The fold never returns `withdrawn`: that is a stored case which turned out to be none when we learned more."""

TRIAL_ENDED = "trial_ended"
"""The kind of a case that ended with its trial and for which Stripe gives no reason; all other kinds are Stripe's."""

REASON_WINDOW = timedelta(minutes=10)
"""How long a card waits for the reason from the portal's survey."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One case as the fold returns it. All times are Stripe's own.

    `canceled_ats` holds every value of Stripe's `canceled_at` that the case has had: they identify a stored case.
    `ends_at` is the real end, else the scheduled one; of a resumed case the one that was avoided. It is None where only
    `cancel_at_period_end` is known. `resumed_at` is the time of the event that took the cancellation back, else of the
    first observation that shows it. `cancellation` has the newest value of each of its fields. `was_paying`: it was
    neither on trial nor paused when it was cancelled; None where no observation shows it.
    """

    canceled_ats: frozenset[datetime]
    state: CaseState
    requested_at: datetime
    ends_at: datetime | None
    ended_at: datetime | None
    resumed_at: datetime | None
    cancellation: Cancellation
    was_paying: bool | None = None

    @property
    def is_asked_why(self) -> bool:
        """Whether the customer was asked for a reason, because they cancelled themselves."""
        return self.cancellation.kind in {None, "cancellation_requested"}

    @property
    def reason_given(self) -> bool:
        """Whether the customer gave a reason of any kind."""
        words = self.cancellation
        return any((words.feedback, words.feedback_option, words.comment))

    @property
    def newest_at(self) -> datetime:
        """When the state last changed: taken back, ended, or requested."""
        return self.resumed_at or self.ended_at or self.requested_at


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionCases:
    """All cases of one subscription in order.

    `read_again`: read once more in a later second, because a read contradicts an event of its own second.
    `losses`: what each was worth just before it, where an event tells.
    `was_live`: the subscription was active or trialing at some time.
    """

    episodes: tuple[Episode, ...]
    losses: tuple[MonthlyValue | None, ...]
    read_again: bool
    was_live: bool


def fold(observations: Iterable[Observation]) -> SubscriptionCases:
    """Return the cases of one subscription; neither the order nor repeats of the observations matter."""
    observations = tuple(observations)
    timeline = arrange(each for each in observations if each.source != "undo")
    undone = sorted({each.seen_at for each in observations if each.source == "undo"})
    term = FixedTerm(min((each.created_at for each in observations), default=_NEVER))
    drafts: list[_Draft] = []
    live: State | None = None
    for seen in timeline.states:
        draft = drafts[-1] if drafts else None
        phase = term.phase(seen, pending=draft is not None and draft.state == "pending")
        if phase == "neither":
            if draft and draft.state == "pending":
                draft.take_back(seen)
        elif draft and (draft.continues_with(seen.state) or draft.was_undone(seen, undone)):
            draft.see(seen, phase)
        else:
            asked_at = None if seen.state.canceled_at in term.canceled_ats else seen.state.canceled_at
            requested_at = asked_at or seen.state.ended_at or seen.seen_at
            drafts.append(
                _Draft(requested_at=requested_at, was_paying=_is_paying(seen.state, live), value=seen.state.value)
            )
            drafts[-1].see(seen, phase)
        if not seen.state.ended:
            live = seen.state
        elif phase == "ended" and live is not None and live.status == "trialing":
            drafts[-1].kind = drafts[-1].kind or TRIAL_ENDED
    return SubscriptionCases(
        episodes=tuple(draft.episode() for draft in drafts),
        losses=tuple(draft.loss() for draft in drafts),
        read_again=timeline.read_again,
        was_live=any(seen.state.status in {"active", "trialing"} for seen in timeline.states),
    )


def match(known: Sequence[tuple[CaseId, frozenset[datetime]]], episodes: Sequence[Episode]) -> list[CaseId | None]:
    """Return for each episode the stored case that it continues, None for a new one.

    `known` is in the order of the cases, each with every `canceled_at` it has had. The earliest episode that shares one
    continues the case: if a resume that we learn of late splits a case, the first part keeps the row. Cases and
    episodes without a match are paired in order: what we knew of them has turned out to be something else.
    """
    rows: list[CaseId | None] = [None] * len(episodes)
    unmatched = []
    for case_id, held in known:
        for index, episode in enumerate(episodes):
            if rows[index] is None and held & episode.canceled_ats:
                rows[index] = case_id
                break
        else:
            unmatched.append(case_id)
    free = [index for index, row in enumerate(rows) if row is None]
    for index, case_id in zip(free, unmatched, strict=False):
        rows[index] = case_id
    return rows


_NEVER = datetime.max.replace(tzinfo=UTC)
_CLOCKS = timedelta(minutes=5)
"""How far our clock, which dates an undo, may be from Stripe's."""


def _is_paying(state: State, live: State | None) -> bool | None:
    """Return whether a subscription is paid for, or was before its end; `live` is the last state before it."""
    seen = live if state.ended else state
    return None if seen is None else seen.status not in {"trialing", "paused"} and not seen.collection_paused


@dataclass(slots=True, kw_only=True)
class _Draft:
    """An episode while it is built."""

    requested_at: datetime
    was_paying: bool | None
    value: MonthlyValue | None
    canceled_ats: set[datetime] = field(default_factory=set)
    state: CaseState = "pending"
    ends_at: datetime | None = None
    ended_at: datetime | None = None
    resumed_at: datetime | None = None
    resume_witnessed: bool = False
    kind: str | None = None
    feedback: str | None = None
    feedback_option: str | None = None
    comment: str | None = None

    def continues_with(self, state: State) -> bool:
        """Return whether a pending or ended state belongs to this case.

        A `canceled_at` that moves is the same case. A resumed case goes on only with the same `canceled_at`, and if no
        event showed the resume: then a read was ahead of the events, or behind them.
        """
        if self.state == "resumed":
            return not self.resume_witnessed and state.canceled_at in self.canceled_ats
        return True

    def was_undone(self, seen: SeenState, undone: list[datetime]) -> bool:
        """Return whether our undo ended the resume, so that this case goes on; each undo in the list is used once."""
        if self.state != "resumed" or self.resumed_at is None:
            return False
        since, until = self.resumed_at - _CLOCKS, seen.seen_at + _CLOCKS
        found = next((at for at in undone if since <= at <= until), None)
        if found is not None:
            undone.remove(found)
        return found is not None

    def see(self, seen: SeenState, phase: Literal["pending", "ended"]) -> None:
        state = seen.state
        self.state, self.resumed_at = phase, None
        if state.canceled_at is not None:
            self.canceled_ats.add(state.canceled_at)
        self.ended_at = state.ended_at or self.ended_at
        self.ends_at = self.ended_at or state.cancel_at or self.ends_at
        self.kind = state.kind or self.kind
        self.feedback = state.feedback or self.feedback
        self.feedback_option = state.feedback_option or self.feedback_option
        self.comment = state.comment or self.comment

    def take_back(self, seen: SeenState) -> None:
        self.state, self.resumed_at, self.resume_witnessed = "resumed", seen.seen_at, seen.witnessed

    def loss(self) -> MonthlyValue | None:
        if self.value is None or self.was_paying is not False:
            return self.value
        return replace(self.value, now=Money(0, self.value.now.currency))

    def episode(self) -> Episode:
        return Episode(
            canceled_ats=frozenset(self.canceled_ats),
            state=self.state,
            requested_at=self.requested_at,
            ends_at=self.ends_at,
            ended_at=self.ended_at,
            resumed_at=self.resumed_at,
            cancellation=Cancellation(
                kind=self.kind, feedback=self.feedback, feedback_option=self.feedback_option, comment=self.comment
            ),
            was_paying=self.was_paying,
        )
