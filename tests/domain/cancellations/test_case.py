"""The rules for cases, one by one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest

from domain.cancellations.case import Episode, fold, match
from domain.cancellations.observation import Observation
from domain.ids import CaseId
from tests.domain.cancellations.stripe_model import PERIOD, START, Life, Snapshot

END = START + PERIOD
YEAR = timedelta(days=365)
FIRST, SECOND = CaseId(UUID(int=1)), CaseId(UUID(int=2))


def later(observation: Observation, seconds: int) -> Observation:
    return replace(observation, seen_at=observation.seen_at + timedelta(seconds=seconds))


def states(observations: Sequence[Observation]) -> list[str]:
    return [episode.state for episode in fold(observations).episodes]


def born_with_its_end(canceled_at: bool = True) -> Life:
    return Life(state=Snapshot(status="active", cancel_at=START + YEAR, canceled_at=START if canceled_at else None))


def requested(*, classic: bool = True) -> Life:
    life = Life(classic=classic)
    life.wait(60)
    life.request()
    return life


def test_nothing_observed_is_no_case() -> None:
    story = fold([])
    assert (story.episodes, story.read_again, story.was_live) == ((), False, False)


@pytest.mark.parametrize("status", ["active", "trialing", "past_due", "unpaid", "paused", "incomplete"])
def test_a_subscription_that_merely_is_has_no_case(status: str) -> None:
    assert states(Life(state=Snapshot(status=status)).events) == []


@pytest.mark.parametrize("classic", [True, False])
def test_pending_is_either_flag(classic: bool) -> None:
    life = requested(classic=classic)
    assert life.events[-1].cancel_at_period_end is classic
    (episode,) = fold(life.events).episodes
    assert (episode.state, episode.requested_at, episode.ends_at) == ("pending", START + timedelta(seconds=60), END)


def test_flag_alone_has_no_known_end() -> None:
    life = requested()
    (episode,) = fold([replace(life.read(), cancel_at=None)]).episodes
    assert (episode.state, episode.ends_at) == ("pending", None)


def test_it_ends() -> None:
    life = requested()
    life.end_by_time()
    (episode,) = fold(life.events).episodes
    assert (episode.state, episode.ended_at, episode.ends_at) == ("ended", END, END)
    assert episode.requested_at == START + timedelta(seconds=60)


def test_event_dates_the_resume() -> None:
    life = requested()
    life.wait(60)
    life.take_back()
    life.wait(60)
    read = life.read()
    for known, at in (([*life.events, read], 120), ([*life.events[:-1], read], 180)):
        (episode,) = fold(known).episodes
        assert (episode.state, episode.resumed_at) == ("resumed", START + timedelta(seconds=at))
        assert episode.ends_at == END


def test_taken_back_and_asked_again_are_two() -> None:
    life = requested()
    life.wait(60)
    life.take_back()
    life.wait(60)
    life.request()
    assert states(life.events) == ["resumed", "pending"]


def test_resumed_and_cancelled_is_two_cases() -> None:
    life = requested()
    life.answer(feedback="unused")
    life.take_back()
    life.request()
    first, second = fold(reversed(life.events)).episodes
    assert (first.state, second.state) == ("resumed", "pending")
    assert first.canceled_ats == second.canceled_ats
    assert (first.cancellation.feedback, second.cancellation.feedback) == ("unused", None)


@pytest.mark.parametrize("names", list(permutations("abc")))
def test_newest_read_breaks_a_tie(names: tuple[str, ...]) -> None:
    life = requested()
    life.read()
    life.answer(feedback="unused")
    life.read()
    life.take_back()
    life.read()
    events = [replace(event, source_id=name) for event, name in zip(life.events[1:], names, strict=True)]

    (episode,) = fold([*events, *life.reads]).episodes

    assert (episode.state, episode.cancellation.feedback) == ("resumed", "unused")


def test_shared_canceled_at_is_one_case() -> None:
    life = requested()
    life.take_back()
    life.request()
    created, asked, _taken_back, again = life.events
    assert states([created, asked, again]) == ["pending"]


def test_scheduled_then_ended_at_once_is_one() -> None:
    life = requested()
    life.wait(60)
    life.end_at_once()
    (episode,) = fold(life.events).episodes
    assert episode.canceled_ats == {START + timedelta(seconds=60), START + timedelta(seconds=120)}
    assert (episode.state, episode.requested_at) == ("ended", START + timedelta(seconds=60))


def test_scheduled_and_ended_is_one_case() -> None:
    life = requested()
    life.end_at_once()
    assert states(list(reversed(life.events))) == ["ended"]


def test_previous_null_shows_a_resume() -> None:
    life = requested()
    life.wait(60)
    life.take_back()
    life.wait(60)
    life.request()
    *before, _taken_back, again = life.events
    assert states([*before, again]) == ["resumed", "pending"]
    assert states([*before, replace(again, previous={"cancel_at": END - YEAR})]) == ["pending"]


def test_end_is_final() -> None:
    life = requested()
    life.wait(60)
    life.end_at_once()
    created, asked, ended = life.events
    assert states([created, ended, later(asked, 3600)]) == ["ended"]
    life = Life()
    life.wait(60)
    stale = life.read()
    life.end_at_once()
    assert states([*life.events, later(stale, 3600)]) == ["ended"]


def test_first_read_is_a_whole_case() -> None:
    life = requested()
    life.end_by_time()
    (episode,) = fold([life.read()]).episodes
    assert episode.state == "ended"
    assert (episode.requested_at, episode.ended_at) == (START + timedelta(seconds=60), END)
    assert episode.canceled_ats == {START + timedelta(seconds=60)}
    assert not fold([life.read()]).was_live


def test_the_first_event_may_be_the_survey() -> None:
    life = requested()
    life.wait(7)
    life.answer(feedback="too_expensive")
    (episode,) = fold(life.events[-1:]).episodes
    assert (episode.state, episode.requested_at) == ("pending", START + timedelta(seconds=60))


def test_the_first_event_may_be_the_resume() -> None:
    life = requested()
    life.take_back()
    assert states(life.events[-1:]) == ["resumed"]


def test_active_or_trialing_was_live() -> None:
    life = Life(state=Snapshot(status="incomplete"))
    assert not fold(life.events).was_live
    life.status("trialing")
    life.status("past_due")
    assert fold(life.events).was_live
    assert fold(life.events[-1:]).was_live


@pytest.mark.parametrize("canceled_at", [True, False])
def test_initial_end_is_no_case(canceled_at: bool) -> None:
    life = born_with_its_end(canceled_at)
    life.wait(60)
    life.touch()
    assert states(life.events) == []
    life.end_by_time()
    assert states(life.events) == []
    assert states([life.read()]) == []


def test_early_end_before_initial_end_is_a_case() -> None:
    life = born_with_its_end()
    life.wait(60)
    life.end_at_once()
    assert states(life.events) == ["ended"]


def test_changed_initial_end_is_a_case() -> None:
    life = born_with_its_end()
    life.wait(60)
    life.request()
    (episode,) = fold(life.events).episodes
    assert (episode.state, episode.requested_at, episode.ends_at) == ("pending", START + timedelta(seconds=60), END)


def test_initial_end_with_old_canceled_at() -> None:
    life = born_with_its_end()
    life.wait(60)
    life.request()
    *before, asked = life.events
    asked = replace(asked, canceled_at=START, previous={"cancel_at": START + YEAR, "cancel_at_period_end": False})
    (episode,) = fold([*before, asked]).episodes
    assert (episode.state, episode.requested_at) == ("pending", START + timedelta(seconds=60))


def test_a_moved_canceled_at_alone_is_no_request() -> None:
    life = born_with_its_end()
    life.wait(60)
    life.move_canceled_at()
    assert states(life.events) == []


def test_later_end_is_a_request() -> None:
    life = requested()
    assert states([life.read()]) == ["pending"]


@pytest.mark.parametrize("status", ["incomplete", "incomplete_expired"])
def test_incomplete_never_is_a_case(status: str) -> None:
    life = requested()
    assert states([replace(life.read(), status=status)]) == []


def test_reason_and_words_are_the_newest_given() -> None:
    life = requested()
    life.answer(feedback="unused", comment="first words")
    life.wait(7)
    life.answer(feedback="other", comment="last words")
    life.wait(7)
    life.answer(comment=None)
    (episode,) = fold(reversed(life.events)).episodes
    cancellation = episode.cancellation
    assert (cancellation.kind, cancellation.feedback) == ("cancellation_requested", "other")
    assert cancellation.comment == "last words"


@pytest.mark.parametrize("seconds", [0, 9])
def test_survey_after_the_end_counts(seconds: int) -> None:
    life = Life()
    life.wait(60)
    life.end_at_once()
    life.wait(seconds)
    life.answer(feedback="low_quality")
    (episode,) = fold(reversed(life.events)).episodes
    assert (episode.state, episode.cancellation.feedback) == ("ended", "low_quality")


def test_older_survey_counts() -> None:
    life = Life()
    life.wait(60)
    life.end_at_once()
    life.answer(feedback="low_quality")
    created, ended, answered = life.events
    (episode,) = fold([created, ended, later(answered, -1)]).episodes
    assert (episode.state, episode.cancellation.feedback) == ("ended", "low_quality")


@pytest.mark.parametrize("kind", ["payment_failed", "payment_disputed", "something_new"])
def test_kinds_are_kept_as_stripe_says_them(kind: str) -> None:
    life = Life()
    life.status("past_due")
    assert states(life.events) == []
    life.wait(60)
    life.end_at_once(kind)
    (episode,) = fold(life.events).episodes
    assert (episode.state, episode.cancellation.kind) == ("ended", kind)


def test_trial_end_without_reason_is_named() -> None:
    life = Life(state=Snapshot(status="trialing"))
    life.wait(60)
    life.end_at_once(None)
    (episode,) = fold(life.events).episodes
    assert episode.cancellation.kind == "trial_ended"


def test_ended_trial_keeps_stripes_reason() -> None:
    life = Life(state=Snapshot(status="trialing"))
    life.end_at_once()
    (episode,) = fold(life.events).episodes
    assert episode.cancellation.kind == "cancellation_requested"


def test_contradicted_read_is_repeated() -> None:
    life = Life()
    stale = life.read()
    life.request()
    story = fold([stale, *life.events])
    assert (story.read_again, [episode.state for episode in story.episodes]) == (True, ["pending"])
    life.wait(1)
    assert not fold([stale, *life.events, life.read()]).read_again


def test_matching_read_needs_no_further_read() -> None:
    life = requested()
    stale, fresh = replace(life.read(), cancel_at=None, cancel_at_period_end=False), life.read()
    assert fold([stale, *life.events]).read_again
    assert not fold([stale, fresh, *life.events]).read_again


def test_custom_reason_matches_its_id() -> None:
    life = requested()
    read = life.read()
    described = replace(read, cancellation=replace(read.cancellation, feedback_option="Moved abroad"))
    story = fold([*life.events, described])
    assert not story.read_again
    assert story.episodes[0].cancellation.feedback_option == "Moved abroad"


@pytest.mark.parametrize("source_id", ["evt_0", "evt_z"])
def test_event_without_past_joins_its_state(source_id: str) -> None:
    life = requested()
    created, asked = life.events
    reminder = replace(
        created, event_type="customer.subscription.trial_will_end", source_id=source_id, seen_at=asked.seen_at
    )
    assert states([created, asked, reminder]) == ["pending"]


def test_reads_follow_row_versions() -> None:
    life = Life()
    life.wait(60)
    early = life.read()
    life.request()
    late = life.read()
    assert states([late, early]) == ["pending"]
    assert states([replace(late, row_version=1), replace(early, row_version=2)]) == ["resumed"]


def test_a_read_ahead_of_the_events_splits_nothing() -> None:
    life = requested()
    life.wait(60)
    life.take_back()
    ahead = later(life.read(), -1)
    (episode,) = fold([*life.events, ahead]).episodes
    assert (episode.state, episode.resumed_at) == ("resumed", START + timedelta(seconds=120))


def episodes_of(life: Life, *missing: int) -> tuple[Episode, ...]:
    return fold([event for index, event in enumerate(life.events) if index not in missing]).episodes


def test_late_resume_keeps_the_row() -> None:
    life = requested()
    life.wait(60)
    life.take_back()
    life.wait(60)
    life.end_at_once()
    (whole,) = episodes_of(life, 2)
    parts = episodes_of(life)
    assert [part.state for part in parts] == ["resumed", "ended"]
    assert match([(FIRST, whole.canceled_ats)], parts) == [FIRST, None]
    assert match([(FIRST, whole.canceled_ats), (SECOND, parts[1].canceled_ats)], parts) == [FIRST, SECOND]


def test_late_earlier_case_is_new() -> None:
    life = requested()
    life.wait(60)
    life.take_back()
    life.wait(60)
    life.request()
    earlier, known = episodes_of(life)
    assert match([(FIRST, known.canceled_ats)], [earlier, known]) == [None, FIRST]


def test_cases_of_one_second_are_matched_in_order() -> None:
    life = requested()
    life.take_back()
    life.request()
    both = episodes_of(life)
    assert match([(FIRST, both[0].canceled_ats), (SECOND, both[1].canceled_ats)], both) == [FIRST, SECOND]
    assert match([(FIRST, both[0].canceled_ats)], both) == [FIRST, None]


def test_a_case_without_canceled_at_is_found_again() -> None:
    life = requested()
    (nameless,) = fold([replace(life.read(), canceled_at=None, cancel_at=None)]).episodes
    assert nameless.canceled_ats == frozenset()
    assert match([(FIRST, frozenset())], [nameless]) == [FIRST]


def test_case_is_found_after_a_tie() -> None:
    life = requested()
    life.wait(60)
    life.answer(feedback="unused")
    life.move_canceled_at()
    (at_first,) = fold([life.read()]).episodes
    _created, _asked, answered, _moved = life.events
    (then,) = fold([life.read(), answered]).episodes
    assert at_first.canceled_ats.isdisjoint(then.canceled_ats)
    assert match([(FIRST, at_first.canceled_ats)], [then]) == [FIRST]


def undo_at(life: Life) -> Observation:
    return replace(life.read(), source="undo", source_id="undo:1", row_version=None)


def undone(*, seconds: int = 0) -> tuple[Life, Observation]:
    """Let somebody accept an offer that puts their cancellation back; our clock may differ from Stripe's."""
    life = requested()
    life.answer(feedback="unused")
    life.wait(60)
    life.take_back()
    life.wait(60)
    undo = later(undo_at(life), seconds)
    life.wait(2)
    life.request()
    return life, undo


@pytest.mark.parametrize("seconds", [-60, 0, 60])
def test_undone_acceptance_is_the_same_case(seconds: int) -> None:
    life, undo = undone(seconds=seconds)
    assert states(life.events) == ["resumed", "pending"]
    for observations in permutations([*life.events[1:], undo]):
        (episode,) = fold([life.events[0], *observations]).episodes
        assert (episode.state, episode.resumed_at, episode.ends_at) == ("pending", None, END)
        assert episode.requested_at == START + timedelta(seconds=60)
        assert episode.cancellation.feedback == "unused"
        assert len(episode.canceled_ats) == 2
    life.end_by_time()
    assert states([*life.events, undo]) == ["ended"]


def test_undone_twice_is_the_same_case() -> None:
    life, first = undone()
    life.wait(3600)
    life.take_back()
    life.wait(600)
    second = replace(undo_at(life), source_id="undo:2")
    life.wait(2)
    life.request()
    assert states([*life.events, first, second]) == ["pending"]
    assert states([second, *reversed(life.events), first]) == ["pending"]
    life.end_by_time()
    assert states([*life.events, first, second]) == ["ended"]


def test_undo_counts_once() -> None:
    life, undo = undone()
    life.wait(60)
    life.take_back()
    assert states([*life.events, undo]) == ["resumed"]
    life.wait(3600)
    life.request()
    assert states([*life.events, undo, undo]) == ["resumed", "pending"]


def test_undo_not_yet_done_changes_nothing() -> None:
    life, undo = undone()
    assert states([*life.events[:-1], undo]) == ["resumed"]
    assert states([undo]) == []
