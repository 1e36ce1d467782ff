"""Skipping routine updates: what may be skipped changes no case, whatever order the rest comes in."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.billing.subscription import Cancellation
from domain.cancellations.case import fold
from domain.cancellations.observation import Observation
from domain.cancellations.routine import KnownSubscription, SubscriptionUpdate, may_skip
from tests.domain.cancellations.stripe_model import START, Life, Snapshot
from tests.domain.cancellations.test_case_properties import QUICK, assert_same, deliver, lives

MONTH = timedelta(days=30)


def renewed(status: str = "active") -> tuple[SubscriptionUpdate, KnownSubscription]:
    """Return a renewal, and what is known of a subscription that was read when it was created."""
    life = Life(state=Snapshot(status=status))
    life.read()
    known = KnownSubscription(observations=tuple(life.log), has_case=False, is_current=True)
    life.wait(MONTH.total_seconds())
    life.touch()
    return SubscriptionUpdate(seen=life.events[-1], is_whole=True, changes_terms=False), known


@pytest.mark.parametrize("status", ["active", "trialing", "past_due"])
def test_renewal_is_skipped(status: str) -> None:
    assert may_skip(*renewed(status))


def test_unread_subscription_is_read() -> None:
    update, known = renewed()
    assert not may_skip(update, None)
    assert not may_skip(update, replace(known, observations=()))
    assert not may_skip(update, replace(known, is_current=False))


def test_subscription_of_somebody_with_a_case_is_read() -> None:
    update, known = renewed()
    assert not may_skip(update, replace(known, has_case=True))


def test_changed_terms_and_missing_fields_are_read() -> None:
    update, known = renewed()
    assert not may_skip(replace(update, changes_terms=True), known)
    assert not may_skip(replace(update, is_whole=False), known)


@pytest.mark.parametrize(
    "changes",
    [
        {"event_type": "customer.subscription.created", "previous": None},
        {"event_type": "customer.subscription.deleted", "previous": None},
        {"event_type": "customer.subscription.paused"},
        {"event_type": "customer.subscription.resumed"},
        {"event_type": "customer.subscription.trial_will_end"},
        {"previous": None},
        {"previous": {"status": "past_due"}},
        {"previous": {"cancel_at": None}},
        {"previous": {"comment": None}},
        {"status": "past_due"},
        {"status": "paused"},
        {"status": "incomplete"},
        {"status": "canceled"},
        {"canceled_at": START},
        {"cancel_at": START + MONTH},
        {"cancel_at_period_end": True},
        {"ended_at": START},
        {"collection_paused": True},
        {"cancellation": Cancellation(kind=None, feedback="unused", feedback_option=None, comment=None)},
        {"seen_at": START - MONTH},
    ],
    ids=str,
)
def test_whatever_may_concern_a_cancellation_is_read(changes: dict[str, Any]) -> None:
    update, known = renewed()
    assert not may_skip(replace(update, seen=replace(update.seen, **changes)), known)


@QUICK
@given(life=lives(), seed=st.integers(0, 2**32))
def test_skipping_changes_no_case(life: Life, seed: int) -> None:
    kept: list[Observation] = []
    for seen in deliver([*life.events, *life.reads], seed):
        update = SubscriptionUpdate(seen=seen, is_whole=True, changes_terms=False)
        known = KnownSubscription(observations=kept, has_case=bool(fold(kept).episodes), is_current=True)
        if not may_skip(update, known):
            kept.append(seen)
    assert_same(fold(kept).episodes, life.cases)
