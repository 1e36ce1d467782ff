"""The observations of one subscription, put into the order in which they happened at Stripe.

Stripe's times have whole seconds, and events arrive in any order. An example of a tie, all at 12:00:05:

1. event A: `cancel_at_period_end` is true, previously false
2. event B: `cancel_at_period_end` is false, previously true
3. a read of ours, made in that second: it is true

A needs false before it and B needs true, so after an earlier false the only order without a disagreement is A, B. The
read contradicts B, the last event of its second. It may be older than B, so it is set aside, and `read_again` is set.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import reduce
from itertools import groupby

from domain.billing.monthly_value import MonthlyValue
from domain.cancellations.observation import Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a cancellation can change about a subscription.

    `feedback_option` is not compared: an event has its id where a read has its description. Nor is what an observation
    of an earlier release does not tell. `value` is what it was worth just before the event.
    """

    status: str
    canceled_at: datetime | None
    cancel_at: datetime | None
    cancel_at_period_end: bool
    ended_at: datetime | None
    kind: str | None
    feedback: str | None
    comment: str | None
    feedback_option: str | None = field(compare=False)
    collection_paused: bool | None = field(compare=False)
    first_period_ends_at: datetime | None = field(compare=False)
    value: MonthlyValue | None = field(compare=False)

    @property
    def has_words(self) -> bool:
        """Whether somebody has said why."""
        return bool(self.feedback or self.feedback_option or self.comment)

    @property
    def ended(self) -> bool:
        """Whether the subscription has ended for good."""
        return self.status == "canceled"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenState:
    """A state that the subscription was in.

    `witnessed`: an update event reported the change from the state before to this one. A state that we know only from
    a later event's previous attributes has that event's `seen_at` and is not witnessed.
    """

    state: State
    seen_at: datetime
    witnessed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """All states in order. `read_again`: the newest read contradicts an event of its own second."""

    states: tuple[SeenState, ...]
    read_again: bool


_When = tuple[int, datetime]
"""The age (0 created, 1 live, 2 ended) and the second."""


def arrange(observations: Iterable[Observation]) -> Timeline:
    """Order the observations of one subscription; neither their order nor repeats matter.

    Within one second events follow the chain of their `previous_attributes`, and reads come after them, by the row
    version of each. Whatever shows the end comes last, whatever its time.
    """
    states: list[SeenState] = []
    reported: tuple[_When, State] | None = None
    read_again = False
    for observation in _ordered(observations):
        now = state_of(observation)
        if observation.source == "event":
            reported = (_when(observation), now)
            read_again = False
        else:
            read_again = reported is not None and reported[0] == _when(observation) and reported[1] != now
            if read_again:
                continue
        before = _before(observation)
        if before is not None and (not states or states[-1].state != before):
            states.append(SeenState(state=before, seen_at=observation.seen_at, witnessed=False))
        states.append(SeenState(state=now, seen_at=observation.seen_at, witnessed=before is not None))
    return Timeline(states=tuple(states), read_again=read_again)


def state_of(observation: Observation) -> State:
    """Return the state that an observation shows."""
    return State(
        status=observation.status,
        canceled_at=observation.canceled_at,
        cancel_at=observation.cancel_at,
        cancel_at_period_end=observation.cancel_at_period_end,
        ended_at=observation.ended_at,
        kind=observation.cancellation.kind,
        feedback=observation.cancellation.feedback,
        comment=observation.cancellation.comment,
        feedback_option=observation.cancellation.feedback_option,
        collection_paused=observation.collection_paused,
        first_period_ends_at=observation.first_period_ends_at,
        value=observation.value,
    )


_KEYS = frozenset(each.name for each in fields(State))


def _before(observation: Observation) -> State | None:
    """Return the state before an update event: its snapshot with the previous values put back."""
    if observation.previous is None:
        return None
    past: dict[str, object] = {key: value for key, value in observation.previous.items() if key in _KEYS}
    return replace(state_of(observation), **past)  # type: ignore[arg-type]  # `Previous` documents the type of each key


def _needed(observation: Observation) -> State | None:
    """Return the state that must come before this observation; None where anything may."""
    if observation.event_type in {"customer.subscription.created", "customer.subscription.deleted"}:
        return None
    return _before(observation) or state_of(observation)


def _difference(one: State, other: State) -> int:
    return sum(getattr(one, each.name) != getattr(other, each.name) for each in fields(State) if each.compare)


@dataclass(frozen=True, slots=True)
class _Path:
    """One possible order of the observations so far.

    `disagreement` counts the previous values that differ. `doubt` counts the seconds with events whose newest read
    shows another state; it decides between orders with the same disagreement.
    """

    disagreement: int = 0
    doubt: int = 0
    steps: tuple[Observation, ...] = ()
    state: State | None = None

    def then(self, step: Observation) -> "_Path":
        needed = _needed(step)
        more = 0 if self.state is None or needed is None else _difference(self.state, needed)
        return _Path(self.disagreement + more, self.doubt, (*self.steps, step), state_of(step))

    def beside(self, reads: Sequence[Observation]) -> "_Path":
        """Add the reads of a second that has events: they may have been made between any two of these."""
        return replace(self, steps=(*self.steps, *reads), doubt=self.doubt + (state_of(reads[-1]) != self.state))


def _ordered(observations: Iterable[Observation]) -> Sequence[Observation]:
    unique = {observation.source_id: observation for observation in observations}
    paths: Iterable[_Path] = [_Path()]
    with_events: set[_When] = set()
    for (when, by_reads), together in groupby(sorted(unique.values(), key=_sort_key), key=_place):
        group = list(together)
        if not by_reads:
            with_events.add(when)
            paths = _best(_by_chain(paths, group))
        elif when in with_events:
            paths = [path.beside(group) for path in paths]
        else:
            paths = _best(reduce(_Path.then, group, path) for path in paths)
    return min(paths, key=_rank).steps


def _when(observation: Observation) -> _When:
    """Return when it happened: the creation first and the end last, whatever their times."""
    if observation.event_type == "customer.subscription.created":
        return 0, observation.seen_at
    return 2 if state_of(observation).ended else 1, observation.seen_at


def _place(observation: Observation) -> tuple[_When, bool]:
    return _when(observation), observation.source == "read"


def _sort_key(observation: Observation) -> tuple[tuple[_When, bool], int, str]:
    return _place(observation), observation.row_version or 0, observation.source_id


_FEW = 8  # 2⁸ subsets of events


def _by_chain(paths: Iterable[_Path], events: Sequence[Observation]) -> Iterable[_Path]:
    """Continue the paths with the events of one second, each time with those that follow from the state before.

    If none does, an event is still missing: then each is tried if they are few, else those that disagree least. Paths
    that used the same events and came to the same state are merged.
    """
    frontier = [(frozenset(range(len(events))), path) for path in paths]
    for _ in events:
        longer: dict[tuple[frozenset[int], State | None], _Path] = {}
        for left, path in frontier:
            ways = [(left - {index}, path.then(events[index])) for index in left]
            least = min(way.disagreement for _, way in ways)
            gap = least > path.disagreement and len(left) <= _FEW
            for rest, way in ways:
                if gap or way.disagreement == least:
                    longer[rest, way.state] = min(longer.get((rest, way.state), way), way, key=_rank)
        frontier = [(rest, path) for (rest, _), path in longer.items()]
    return [path for _, path in frontier]


def _best(paths: Iterable[_Path]) -> Iterable[_Path]:
    """Keep the best path for each final state: the next second may show which of them was right."""
    best: dict[State | None, _Path] = {}
    for path in paths:
        best[path.state] = min(best.get(path.state, path), path, key=_rank)
    return best.values()


def _rank(path: _Path) -> tuple[int, int, tuple[str, ...]]:
    return path.disagreement, path.doubt, tuple(step.source_id for step in path.steps)
