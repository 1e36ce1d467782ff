"""Who is active, and what may be opened for them."""

from dataclasses import fields, replace

import pytest

from domain.billing.portal_access import (
    CustomerAccount,
    Deleted,
    NeedsChoice,
    NoCustomer,
    NotActive,
    PortalFeatures,
    Purpose,
    PurposeRefused,
    RefusalReason,
    SeveralCustomers,
    Verdict,
    Verified,
    WrongMode,
    verify,
)
from domain.billing.subscription import LIVE_STATUSES, Subscription
from domain.ids import SubscriptionId
from tests.domain.billing.subscriptions import AT, customer, item, price, subscription

EVERYTHING = PortalFeatures(cancel=True, update_plan=True, pause=True, payment_method=True, details=True)
ABOUT_ONE = [Purpose.CANCEL, Purpose.PLAN, Purpose.PAUSE]
ABOUT_NONE = [Purpose.HOME, Purpose.CARD, Purpose.DETAILS]


def judge(
    *found: CustomerAccount,
    purpose: Purpose = Purpose.HOME,
    chosen: str | None = None,
    features: PortalFeatures = EVERYTHING,
    statuses: frozenset[str] = LIVE_STATUSES,
) -> Verdict:
    return verify(
        found,
        purpose=purpose,
        chosen=None if chosen is None else SubscriptionId(chosen),
        features=features,
        statuses=statuses,
        livemode=True,
    )


def account(*subscriptions: Subscription) -> CustomerAccount:
    return CustomerAccount(customer=customer(), subscriptions=subscriptions)


ENDED = subscription(name="sub_ended", status="canceled", ended_at=AT)
LIVE, OTHER = subscription(name="sub_live"), subscription(name="sub_other", status="past_due")


def test_nobody_is_nobody() -> None:
    assert judge() == NoCustomer()


def test_of_several_the_first_is_never_taken_even_if_it_alone_is_live() -> None:
    first, second = account(LIVE), account(ENDED)
    assert judge(first, second) == SeveralCustomers(candidates=(first, second))


def test_a_deleted_customer_gets_nothing_whatever_subscriptions_are_listed() -> None:
    gone = CustomerAccount(customer=customer(deleted=True), subscriptions=(LIVE,))
    assert judge(gone) == Deleted(customer=gone.customer)
    assert gone.live(LIVE_STATUSES) == ()


def test_the_mode_must_be_right() -> None:
    test = CustomerAccount(customer=customer(livemode=False), subscriptions=(LIVE,))
    assert judge(test) == WrongMode(customer=test.customer)


@pytest.mark.parametrize("status", ["active", "trialing", "past_due"])
def test_in_use_is_active(status: str) -> None:
    live = subscription(status=status)
    assert judge(account(ENDED, live)) == Verified(customer=customer(), subscriptions=(live,), subscription=None)


@pytest.mark.parametrize("status", ["canceled", "incomplete", "incomplete_expired", "unpaid", "paused", "novel"])
def test_everything_else_is_not(status: str) -> None:
    one = subscription(status=status)
    assert judge(account(one)) == NotActive(customer=customer(), last=one)


@pytest.mark.parametrize("status", ["unpaid", "paused"])
def test_settings_may_add_a_status(status: str) -> None:
    verdict = judge(account(subscription(status=status)), statuses=LIVE_STATUSES | {status})
    assert isinstance(verdict, Verified)


def test_a_pause_of_collection_is_no_status() -> None:
    assert isinstance(judge(account(subscription(collection_paused=True))), Verified)


def test_what_is_told_of_the_inactive_is_their_last_subscription() -> None:
    before = replace(ENDED, ended_at=AT.replace(year=2025))
    assert judge(account(before, ENDED)) == NotActive(customer=customer(), last=ENDED)
    assert judge(account(ENDED, before)) == NotActive(customer=customer(), last=ENDED)
    assert judge(account()) == NotActive(customer=customer(), last=None)


@pytest.mark.parametrize("purpose", ABOUT_NONE)
def test_some_pages_are_about_no_subscription(purpose: Purpose) -> None:
    assert judge(account(LIVE, OTHER), purpose=purpose) == Verified(
        customer=customer(), subscriptions=(LIVE, OTHER), subscription=None
    )


@pytest.mark.parametrize("purpose", ABOUT_ONE)
def test_some_are_about_one_and_of_several_the_agent_picks(purpose: Purpose) -> None:
    both = (LIVE, OTHER)
    assert judge(account(LIVE, ENDED), purpose=purpose) == Verified(
        customer=customer(), subscriptions=(LIVE,), subscription=LIVE
    )
    assert judge(account(*both, ENDED), purpose=purpose) == NeedsChoice(customer=customer(), subscriptions=both)
    assert judge(account(*both), purpose=purpose, chosen="sub_other") == Verified(
        customer=customer(), subscriptions=both, subscription=OTHER
    )


def test_a_chosen_subscription_that_has_ended_is_not_replaced_by_another() -> None:
    assert judge(account(LIVE, ENDED), purpose=Purpose.CANCEL, chosen="sub_ended") == NeedsChoice(
        customer=customer(), subscriptions=(LIVE,)
    )


@pytest.mark.parametrize(
    ("purpose", "switch", "setting"),
    [
        (Purpose.CARD, "payment_method", "features.payment_method_update.enabled"),
        (Purpose.CANCEL, "cancel", "features.subscription_cancel.enabled"),
        (Purpose.PLAN, "update_plan", "features.subscription_update.enabled"),
        (Purpose.PAUSE, "pause", "features.subscription_pause.enabled"),
        (Purpose.DETAILS, "details", "features.customer_update.enabled"),
    ],
)
def test_a_page_that_the_portal_does_not_allow_is_refused_naming_its_switch(
    purpose: Purpose, switch: str, setting: str
) -> None:
    off = replace(EVERYTHING, **{switch: False})
    assert judge(account(LIVE), purpose=purpose, features=off) == PurposeRefused(
        customer=customer(), purpose=purpose, why="setting", setting=setting
    )
    alone = PortalFeatures(**{field.name: field.name == switch for field in fields(PortalFeatures)})
    assert isinstance(judge(account(LIVE), purpose=purpose, features=alone), Verified)
    assert isinstance(judge(account(LIVE), features=off), Verified)


def test_who_is_not_active_hears_that_and_nothing_of_switches() -> None:
    off = replace(EVERYTHING, cancel=False)
    assert isinstance(judge(account(ENDED), purpose=Purpose.CANCEL, features=off), NotActive)


@pytest.mark.parametrize(
    ("purpose", "one", "why"),
    [
        (Purpose.CANCEL, subscription(cancel_at=AT), "already_canceling"),
        (Purpose.CANCEL, subscription(cancel_at_period_end=True), "already_canceling"),
        (Purpose.PAUSE, subscription(cancel_at=AT), "nothing_to_pause"),
        (Purpose.PAUSE, subscription(collection_paused=True), "nothing_to_pause"),
        (Purpose.PAUSE, subscription(status="paused"), "nothing_to_pause"),
        (Purpose.PAUSE, subscription(flexible=False), "classic_billing"),
        (Purpose.PLAN, subscription(item(price()), item(price())), "several_prices"),
    ],
)
def test_a_flow_that_stripe_would_refuse_is_refused_in_words(
    purpose: Purpose, one: Subscription, why: RefusalReason
) -> None:
    statuses = LIVE_STATUSES | {"paused"}
    assert judge(account(one), purpose=purpose, statuses=statuses) == PurposeRefused(
        customer=customer(), purpose=purpose, why=why, setting=None
    )


def test_who_is_set_to_cancel_may_still_change_plan_and_card() -> None:
    leaving = account(subscription(cancel_at=AT))
    for purpose in (Purpose.PLAN, Purpose.CARD, Purpose.HOME):
        assert isinstance(judge(leaving, purpose=purpose), Verified)
