"""An end that belongs to the sale is no cancellation, until somebody cancels."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from domain.billing.subscription import Cancellation
from domain.cancellations.case import fold
from domain.cancellations.observation import Observation
from domain.ids import EventId, SubscriptionId
from tests.domain.cancellations.stripe_model import NOTHING, START

DAY = timedelta(days=1)
MONTH = 31 * DAY
YEAR = 365 * DAY
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
ASKED = replace(NOTHING, kind="cancellation_requested")
TOO_EXPENSIVE = replace(ASKED, feedback="too_expensive")


class Contract:
    """A subscription told event by event; each keeps what it does not change, as Stripe's snapshots do."""

    def __init__(self, **state: Any) -> None:
        self.state: dict[str, Any] = {
            "status": "active",
            "canceled_at": None,
            "cancel_at": None,
            "cancel_at_period_end": False,
            "ended_at": None,
            "cancellation": NOTHING,
            "first_period_ends_at": START + MONTH,
            "collection_paused": False,
        } | state
        self.events: list[Observation] = []
        self._add("customer.subscription.created", timedelta(0), None)

    def becomes(self, after: timedelta, **state: Any) -> "Contract":
        before = {key: self.state[key] for key in state if key != "cancellation" and self.state[key] != state[key]}
        if "cancellation" in state:
            before |= {"kind": self.state["cancellation"].kind, "feedback": self.state["cancellation"].feedback}
        self.state |= state
        self._add("customer.subscription.updated", after, before)
        return self

    def ends(self, after: timedelta, **state: Any) -> "Contract":
        self.state |= {"status": "canceled", "ended_at": START + after} | state
        self._add("customer.subscription.deleted", after, None)
        return self

    def gets_an_end(self, after: timedelta, at: timedelta, **state: Any) -> "Contract":
        return self.becomes(after, cancel_at=START + at, canceled_at=START + after, cancellation=ASKED, **state)

    def read(self, after: timedelta) -> Observation:
        return replace(
            self.events[-1], source="read", event_type=None, row_version=1, source_id="read",
            seen_at=START + after, previous=None,
        )  # fmt: skip

    def _add(self, event_type: str, after: timedelta, previous: dict[str, Any] | None) -> None:
        self.events.append(
            Observation(
                subscription_id=SubscriptionId("sub_1"),
                source="event",
                source_id=EventId(f"evt_{len(self.events)}"),
                event_type=event_type,
                seen_at=START + after,
                row_version=None,
                previous=previous,
                created_at=START,
                **self.state,
            )
        )


def states(observations: Sequence[Observation]) -> list[str]:
    """Return the state of each case, which is the same in any order."""
    told = {tuple(episode.state for episode in fold(each).episodes) for each in permutations(observations)}
    (same,) = told
    return list(same)


def instalments() -> Contract:
    return Contract().gets_an_end(3 * SECOND, YEAR)


def test_end_set_after_checkout_is_a_term() -> None:
    contract = instalments()
    assert states(contract.events) == []
    assert states(contract.ends(YEAR).events) == []


@pytest.mark.parametrize("end", [MONTH, MONTH + HOUR])
def test_end_of_the_first_period_is_a_case(end: timedelta) -> None:
    assert states(Contract().gets_an_end(3 * SECOND, end).events) == ["pending"]


def test_end_of_a_trial_is_a_case() -> None:
    contract = Contract(status="trialing", first_period_ends_at=START + 90 * DAY)
    assert states(contract.gets_an_end(60 * SECOND, 90 * DAY).events) == ["pending"]


def test_end_set_later_than_the_sale_is_a_case() -> None:
    assert states(Contract().gets_an_end(HOUR + SECOND, YEAR).events) == ["pending"]


def test_flag_soon_after_the_sale_is_a_case() -> None:
    assert states(Contract().gets_an_end(60 * SECOND, YEAR, cancel_at_period_end=True).events) == ["pending"]


def test_reason_soon_after_the_sale_is_a_case() -> None:
    contract = Contract().becomes(
        60 * SECOND, cancel_at=START + YEAR, canceled_at=START + 60 * SECOND, cancellation=TOO_EXPENSIVE
    )
    assert states(contract.events) == ["pending"]


def test_sale_counts_from_the_first_payment() -> None:
    contract = Contract(status="incomplete").becomes(9 * HOUR, status="active")
    assert states(contract.gets_an_end(9 * HOUR + SECOND, YEAR).events) == []


def test_corrected_end_at_the_sale_is_a_term() -> None:
    assert states(instalments().gets_an_end(60 * SECOND, 300 * DAY).events) == []


def test_schedule_sets_a_term() -> None:
    contract = Contract().becomes(40 * DAY, cancel_at=START + YEAR)
    assert states(contract.events) == []
    assert states(contract.ends(YEAR, canceled_at=START + YEAR).events) == []
    assert states(contract.events[-1:]) == []


def test_end_set_by_a_schedule_with_reason_is_a_case() -> None:
    assert states(Contract().becomes(40 * DAY, cancel_at=START + YEAR, cancellation=ASKED).events) == ["pending"]


@pytest.mark.parametrize("canceled_at", [None, START])
@pytest.mark.parametrize("moved_at", [10 * DAY, 80 * DAY])
def test_prolonged_term_is_no_case(canceled_at: datetime | None, moved_at: timedelta) -> None:
    contract = Contract(cancel_at=START + 90 * DAY, canceled_at=canceled_at).gets_an_end(moved_at, YEAR)
    assert states(contract.events) == []
    assert states(contract.ends(YEAR).events) == []


def test_term_may_be_prolonged_again() -> None:
    contract = instalments().gets_an_end(300 * DAY, 2 * YEAR)
    assert states(contract.gets_an_end(600 * DAY, 3 * YEAR).events) == []
    assert states(contract.gets_an_end(700 * DAY, 2 * YEAR).events) == ["pending"]


def test_prolonged_in_two_steps_is_no_case() -> None:
    contract = Contract(cancel_at=START + 90 * DAY).becomes(10 * DAY, cancel_at=None)
    assert states(contract.gets_an_end(10 * DAY + SECOND, YEAR).events) == []


def test_end_after_a_lifted_term_is_a_case() -> None:
    contract = Contract(cancel_at=START + 90 * DAY).becomes(10 * DAY, cancel_at=None)
    assert states(contract.gets_an_end(20 * DAY, 120 * DAY).events) == ["pending"]


@pytest.mark.parametrize("canceled_at", [None, START])
@pytest.mark.parametrize("shorter", [60 * DAY, 200 * DAY])
def test_term_made_earlier_is_a_case(canceled_at: datetime | None, shorter: timedelta) -> None:
    """Whether or not it was moved later before, and even if `canceled_at` stays as it was at the sale."""
    contract = Contract(cancel_at=START + 90 * DAY, canceled_at=canceled_at)
    if shorter > 90 * DAY:
        contract.becomes(10 * DAY, cancel_at=START + YEAR)
    assert states(contract.events) == []
    contract.becomes(20 * DAY, cancel_at=START + shorter)
    for observations in permutations(contract.events):
        (episode,) = fold(observations).episodes
        assert (episode.state, episode.requested_at) == ("pending", START + 20 * DAY)
    contract.becomes(21 * DAY, cancel_at=START + YEAR)
    assert states(contract.events) == ["resumed"]


def test_early_end_of_a_prolonged_term_is_a_case() -> None:
    contract = Contract(cancel_at=START + 90 * DAY).gets_an_end(10 * DAY, YEAR)
    contract.ends(200 * DAY, canceled_at=START + 200 * DAY)
    assert states(contract.events) == ["ended"]
    assert states([contract.events[0], contract.events[2]]) == ["ended"]  # the move was never seen


@pytest.mark.parametrize(
    "change",
    [
        {"cancel_at": START + MONTH, "canceled_at": START + DAY},
        {"cancel_at": START + MONTH},
        {"cancel_at_period_end": True, "canceled_at": START + DAY},
        {"cancellation": TOO_EXPENSIVE},
        {"cancellation": replace(ASKED, comment="We close our shop")},
        {"cancellation": replace(ASKED, feedback_option="fo_1")},
    ],
)
@pytest.mark.parametrize(
    "term",
    [
        lambda: Contract(cancel_at=START + YEAR),
        instalments,
        lambda: Contract().becomes(2 * HOUR, cancel_at=START + YEAR),
    ],
)
def test_term_is_cancelled(term: Any, change: dict[str, Any]) -> None:
    contract = term().becomes(DAY, **change)
    assert states(contract.events) == ["pending"]
    (episode,) = fold(contract.events).episodes
    assert episode.requested_at == START + DAY
    assert states(contract.becomes(2 * DAY, cancel_at=None, cancel_at_period_end=False).events) == ["resumed"]


@pytest.mark.parametrize("words", [NOTHING, TOO_EXPENSIVE])
def test_cancelled_term_ends(words: Cancellation) -> None:
    contract = instalments().becomes(DAY, cancel_at=START + MONTH, canceled_at=START + DAY, cancellation=words)
    assert states(contract.ends(MONTH).events) == ["ended"]


def test_reason_keeps_a_case_to_the_terms_end() -> None:
    contract = instalments().becomes(DAY, cancellation=TOO_EXPENSIVE)
    assert states(contract.ends(YEAR).events) == ["ended"]


def test_moved_canceled_at_alone_is_no_case() -> None:
    assert states(instalments().becomes(9 * DAY, canceled_at=START + 9 * DAY).events) == []


def test_failed_payment_ends_a_term_early() -> None:
    contract = instalments().becomes(40 * DAY, status="past_due")
    failed = replace(NOTHING, kind="payment_failed")
    contract.ends(50 * DAY, canceled_at=START + 50 * DAY, cancellation=failed)
    (episode,) = fold(contract.events).episodes
    assert (episode.state, episode.cancellation.kind) == ("ended", "payment_failed")


@pytest.mark.parametrize("seen_after", [20 * DAY, 350 * DAY])
def test_first_read_knows_a_term(seen_after: timedelta) -> None:
    contract = instalments()
    assert states([contract.read(seen_after)]) == []
    contract.ends(YEAR)
    assert states([contract.read(YEAR + DAY)]) == []


def test_late_events_explain_what_a_read_saw() -> None:
    contract = Contract(cancel_at=START + 90 * DAY).gets_an_end(10 * DAY, YEAR)
    read = contract.read(20 * DAY)
    assert states([read]) == ["pending"]
    assert states([read, contract.events[1]]) == []


def test_older_observations_are_judged_as_before() -> None:
    contract = Contract(first_period_ends_at=None).gets_an_end(3 * SECOND, YEAR)
    assert states(contract.events) == ["pending"]


def test_end_of_a_term_leaves_an_earlier_case_alone() -> None:
    contract = Contract(status="trialing", cancel_at=START + YEAR)
    contract.becomes(DAY, cancellation=replace(NOTHING, feedback="unused")).becomes(2 * DAY, cancellation=NOTHING)
    contract.ends(YEAR)
    (episode,) = fold(contract.events).episodes
    assert (episode.state, episode.cancellation.kind) == ("resumed", None)


@pytest.mark.parametrize(
    ("state", "paying"),
    [
        ({}, True),
        ({"status": "past_due"}, True),
        ({"status": "paused"}, False),
        ({"status": "trialing"}, False),
        ({"collection_paused": True}, False),
        ({"collection_paused": None}, True),
    ],
)
def test_case_remembers_whether_it_was_paid_for(state: dict[str, Any], paying: bool) -> None:
    contract = Contract().becomes(DAY, **state)
    contract.ends(3 * DAY, canceled_at=START + 3 * DAY, collection_paused=False)
    for each in permutations(contract.events):
        (episode,) = fold(each).episodes
        assert episode.was_paying is paying
    asked = Contract(**state).gets_an_end(2 * DAY, MONTH, cancel_at_period_end=True)
    assert fold(asked.events).episodes[0].was_paying is paying


def test_only_the_end_seen_leaves_open_who_paid() -> None:
    contract = Contract(status="paused").ends(3 * DAY, canceled_at=START + 3 * DAY)
    assert fold(contract.events[1:]).episodes[0].was_paying is None
