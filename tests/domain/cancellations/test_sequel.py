"""Whether somebody who cancelled has switched, keeps another subscription, or came back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from domain.cancellations.sequel import Departure, OtherSubscription, Sequel, StillSubscribed, Switch, sequel_of
from domain.cancellations.stored_case import CustomerReturn
from domain.ids import SubscriptionId

AT = datetime(2026, 3, 20, 12, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
PRO, OTHER, THIRD = SubscriptionId("sub_pro"), SubscriptionId("sub_other"), SubscriptionId("sub_third")
REQUEST = Departure(subscription_id=PRO, requested_at=AT, resumed_at=None, offered_at=None)


def started(after: timedelta, name: SubscriptionId = OTHER, **state: object) -> OtherSubscription:
    live = OtherSubscription(id=name, created_at=AT + after, was_live=True, is_live=True, left_at=None)
    return replace(live, **state)  # type: ignore[arg-type]  # spelled at each caller


def sequel(*others: OtherSubscription, request: Departure = REQUEST) -> Sequel | None:
    own = started(-90 * DAY, PRO)
    found = [sequel_of(request, each) for each in permutations([own, *others])]
    assert all(each == found[0] for each in found)
    return found[0]


def test_nothing_else_is_a_loss() -> None:
    assert sequel() is None


@pytest.mark.parametrize("after", [-HOUR, -2 * SECOND, timedelta(0), 2 * SECOND, HOUR])
def test_another_at_the_request_is_a_switch(after: timedelta) -> None:
    assert sequel(started(after)) == Switch(subscription_id=OTHER)


def test_nearest_start_is_the_switch() -> None:
    assert sequel(started(-40 * SECOND), started(2 * SECOND, THIRD)) == Switch(subscription_id=THIRD)


def test_two_for_two_are_told_apart() -> None:
    """Both new ones were started before both old ones were left."""
    lite = started(-90 * DAY, SubscriptionId("sub_lite"), left_at=AT - SECOND)
    new = started(-3 * SECOND), started(-4 * SECOND, THIRD)
    assert sequel(lite, *new) == Switch(subscription_id=THIRD)
    own = started(-90 * DAY, PRO, left_at=AT)
    of_lite = Departure(subscription_id=lite.id, requested_at=AT - SECOND, resumed_at=None, offered_at=None)
    assert sequel_of(of_lite, [own, lite, *new]) == Switch(subscription_id=OTHER)


@pytest.mark.parametrize("left_after", [-20 * SECOND, timedelta(0)])
def test_what_replaces_two_counts_once(left_after: timedelta) -> None:
    lite = started(-90 * DAY, SubscriptionId("sub_lite"), left_at=AT + left_after)
    assert sequel(lite, started(SECOND)) == Switch(subscription_id=OTHER, several=True, shared=True)
    later = replace(lite, left_at=AT + SECOND)
    assert sequel(later, started(SECOND)) == Switch(subscription_id=OTHER, several=True)


def test_switched_twice_in_a_row() -> None:
    """Lite was replaced by Pro, and half an hour later Pro by another."""
    lite = started(-90 * DAY, SubscriptionId("sub_lite"), left_at=AT - HOUR / 2)
    pro = started(-HOUR / 2, PRO, left_at=AT)
    assert sequel_of(REQUEST, [lite, pro, started(SECOND)]) == Switch(subscription_id=OTHER)


def test_another_for_longer_is_kept() -> None:
    assert sequel(started(-HOUR - SECOND)) == StillSubscribed(subscription_id=OTHER)


def test_switch_counts_before_what_is_kept() -> None:
    assert sequel(started(-9 * DAY), started(SECOND, THIRD)) == Switch(subscription_id=THIRD)


def test_later_start_is_a_return() -> None:
    back = CustomerReturn(at=AT + DAY, subscription_id=OTHER, same_subscription=False)
    assert sequel(started(DAY)) == back
    assert sequel(started(DAY), started(-9 * DAY, THIRD)) == back


def test_start_after_an_offer_is_a_return() -> None:
    offered = replace(REQUEST, offered_at=AT + 10 * SECOND)
    assert isinstance(sequel(started(60 * SECOND), request=offered), CustomerReturn)
    assert isinstance(sequel(started(5 * SECOND), request=offered), Switch)


def test_taken_back_is_a_return() -> None:
    resumed = replace(REQUEST, resumed_at=AT + DAY)
    assert sequel(started(SECOND), request=resumed) == CustomerReturn(
        at=AT + DAY, subscription_id=PRO, same_subscription=True
    )


def test_never_live_is_nothing() -> None:
    assert sequel(started(SECOND, was_live=False, is_live=False)) is None


@pytest.mark.parametrize("left_after", [-SECOND, timedelta(0)])
def test_another_that_was_left_before_is_no_switch(left_after: timedelta) -> None:
    """Who starts two and leaves both has lost both."""
    assert sequel(started(-600 * SECOND, left_at=AT + left_after)) is None


def test_switch_stands_when_that_is_left_too() -> None:
    assert isinstance(sequel(started(SECOND, left_at=AT + 30 * DAY)), Switch)


def test_who_leaves_all_keeps_none() -> None:
    assert sequel(started(-9 * DAY, left_at=AT + SECOND)) is None
