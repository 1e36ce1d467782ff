"""In any order, with any repeats and reads between: the events of a history fold to its true cases."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.cancellations.case import Episode, fold, match
from domain.cancellations.observation import Observation
from domain.ids import CaseId
from tests.domain.cancellations.stripe_model import START, Life, Snapshot
from tests.lanes import examples

ACTS = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 0, 1, 5, 3600]),  # seconds that pass before it
        st.sampled_from(
            ["request", "request", "take back", "take back", "answer", "past_due", "recover", "touch", "move", "end"]
        ),
        st.integers(0, 3),  # reads after it
        st.booleans(),
    ),
    max_size=14,
)
BIRTHS = st.sampled_from(["active", "trialing", "incomplete", "born with its end", "born, canceled_at set"])


def begin(birth: str, *, classic: bool) -> Life:
    if birth.startswith("born"):
        end = START + timedelta(days=365)
        known = START if "canceled_at" in birth else None
        return Life(classic=classic, state=Snapshot(status="active", cancel_at=end, canceled_at=known))
    return Life(classic=classic, state=Snapshot(status=birth))


def act(life: Life, what: str, number: int, *, variant: bool) -> None:
    if what == "answer" and (life.pending or life.ended):
        life.answer(feedback="unused" if variant else "other", comment=f"words {number}")
    elif life.ended or life.state.status == "incomplete_expired":
        return
    elif life.state.status == "incomplete":
        life.status("active" if variant else "incomplete_expired")
    elif what == "request":
        life.request(after=timedelta(days=30 if variant else 60))
    elif what == "take back" and life.pending:
        life.take_back()
    elif what == "past_due":
        life.status("past_due")
    elif what == "recover":
        life.status("active")
    elif what == "touch":
        life.touch()
    elif what == "move" and life.state.canceled_at is not None:
        life.move_canceled_at()
    elif what == "end" and variant and life.state.cancel_at is not None:
        life.end_by_time()
    elif what == "end":
        life.end_at_once("payment_failed" if life.state.status == "past_due" else "cancellation_requested")


@st.composite
def lives(draw: st.DrawFn, *, in_a_second: int = 99) -> Life:
    life = begin(draw(BIRTHS), classic=draw(st.booleans()))
    for number, (pause, what, reads, variant) in enumerate(draw(ACTS)):
        life.wait(pause or [one.seen_at for one in life.events].count(life.now) // in_a_second)
        act(life, what, number, variant=variant)
        for _ in range(reads):
            life.read()
    return life


def deliver(observations: Sequence[Observation], seed: int) -> list[Observation]:
    """Shuffle, with some of them twice."""
    chance = random.Random(seed)
    delivered = [*observations, *chance.choices(observations, k=len(observations) // 2)]
    chance.shuffle(delivered)
    return delivered


def assert_same(told: Sequence[Episode], true: Sequence[Episode]) -> None:
    """Compare two lists of cases; two changes within one second may come in either order."""
    assert Counter(told) == Counter(true)
    assert [case.requested_at for case in told] == [case.requested_at for case in true]
    assert [case.state for case in told] == [case.state for case in true]


QUICK = settings(max_examples=examples(1000))


@QUICK
@given(life=lives(), seed=st.integers(0, 2**32))
def test_any_order_tells_the_truth(life: Life, seed: int) -> None:
    story = fold(deliver([*life.events, *life.reads], seed))
    assert_same(story.episodes, life.cases)


@QUICK
@given(life=lives(), seed=st.integers(0, 2**32), share=st.floats(0, 1))
def test_order_and_repeats_never_matter(life: Life, seed: int, share: float) -> None:
    chance = random.Random(seed)
    known = [one for one in [*life.events, *life.reads] if chance.random() < share]
    assert fold(deliver(known, seed)) == fold(known)


@QUICK
@given(life=lives(), seed=st.integers(0, 2**32), share=st.floats(0, 1))
def test_later_read_is_clear(life: Life, seed: int, share: float) -> None:
    chance = random.Random(seed)
    first, *rest = life.events
    known = [first, *(one for one in [*rest, *life.reads] if chance.random() < share)]
    life.wait(1)
    story = fold(deliver([*known, life.read()], seed))
    assert not story.read_again
    assert [case.state for case in story.episodes[-1:] if case.state != "resumed"] == [
        case.state for case in life.cases[-1:] if case.state != "resumed"
    ]


def deliver_late(life: Life, seed: int) -> list[Observation]:
    """Deliver each read when it was made and each event then or at any time after it; only the birth is never late.

    Whose birth is unknown and whose `canceled_at` was moved looks like somebody who cancelled, until it is known.
    """
    chance = random.Random(seed)
    late = [
        index + (chance.choice([0, 1, 3, len(life.log)]) if one.source == "event" and index > 0 else 0)
        for index, one in enumerate(life.log)
    ]
    return [life.log[index] for index in sorted(range(len(late)), key=lambda index: (late[index], chance.random()))]


@QUICK
@given(life=lives(in_a_second=2), seed=st.integers(0, 2**32))
def test_stored_cases_match_the_fold(life: Life, seed: int) -> None:
    """Of what was half known at the time a row may be left over: it is withdrawn, as the flow does it."""
    rows: dict[CaseId, Episode] = {}
    withdrawn: set[CaseId] = set()
    seen: list[Observation] = []
    for observation in deliver_late(life, seed):
        seen.append(observation)
        episodes = fold(seen).episodes
        told = frozenset[datetime]().union(*(episode.canceled_ats for episode in episodes))
        known = sorted(
            ((case_id, row) for case_id, row in rows.items() if case_id not in withdrawn or row.canceled_ats & told),
            key=lambda row: row[1].requested_at,
        )
        continued = match([(case_id, row.canceled_ats) for case_id, row in known], episodes)
        withdrawn |= {case_id for case_id, _ in known} - set(continued)
        for found, episode in zip(continued, episodes, strict=True):
            case_id = found or CaseId(UUID(int=len(rows)))
            held = rows[case_id].canceled_ats if case_id in rows else frozenset()
            rows[case_id] = replace(episode, canceled_ats=held | episode.canceled_ats)
            withdrawn.discard(case_id)
    standing = [row for case_id, row in rows.items() if case_id not in withdrawn]
    assert len(standing) == len(life.cases)
    assert Counter(row.state for row in standing) == Counter(case.state for case in life.cases)
