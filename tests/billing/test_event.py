"""What an event says of a subscription or an address, with any field null and at any API version."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from billing.translate import event as translate
from billing.translate.customer import customer
from domain.billing.subscription import Cancellation

AT = 1_790_000_000


def moment(offset: int) -> datetime:
    return datetime.fromtimestamp(AT + offset, UTC)


def event(kind: str, about: dict[str, Any], previous: dict[str, Any] | None = None) -> dict[str, Any]:
    data = {"object": about} | ({} if previous is None else {"previous_attributes": previous})
    return {"id": "evt_1", "object": "event", "type": kind, "created": AT + 60, "livemode": False, "data": data}


def subscription(**changes: Any) -> dict[str, Any]:
    return {
        "id": "sub_1",
        "object": "subscription",
        "customer": "cus_1",
        "status": "active",
        "created": AT,
        "canceled_at": AT + 50,
        "cancel_at": AT + 900,
        "cancel_at_period_end": False,
        "ended_at": None,
        "cancellation_details": {
            "reason": "cancellation_requested",
            "feedback": "too_expensive",
            "feedback_option": "fo_1",
            "comment": "Adiós",
        },
        **changes,
    }


def test_a_snapshot_is_observed_as_it_was() -> None:
    seen = translate.observation(event("customer.subscription.updated", subscription(), {"cancel_at": None}))
    assert seen is not None
    assert (seen.source, seen.source_id, seen.event_type) == ("event", "evt_1", "customer.subscription.updated")
    assert (seen.seen_at, seen.created_at, seen.row_version) == (moment(60), moment(0), None)
    assert (seen.canceled_at, seen.cancel_at, seen.ended_at) == (moment(50), moment(900), None)
    assert seen.cancellation == Cancellation(
        kind="cancellation_requested", feedback="too_expensive", feedback_option="fo_1", comment="Adiós"
    )
    assert seen.previous == {"cancel_at": None}


def test_previous_values_are_flattened() -> None:
    before = {
        "status": "active",
        "canceled_at": AT,
        "ended_at": None,
        "cancel_at_period_end": True,
        "cancellation_details": {"reason": None, "comment": "old"},
        "items": {"data": []},
        "latest_invoice": "in_0",
    }
    seen = translate.observation(event("customer.subscription.updated", subscription(), before))
    assert seen is not None
    assert seen.previous == {
        "status": "active",
        "canceled_at": moment(0),
        "ended_at": None,
        "cancel_at_period_end": True,
        "kind": None,
        "comment": "old",
    }


def test_null_details_are_null_each() -> None:
    seen = translate.observation(event("customer.subscription.updated", subscription(), {"cancellation_details": None}))
    assert seen is not None
    assert seen.previous == {"kind": None, "feedback": None, "feedback_option": None, "comment": None}


def test_unchanged_event_has_no_previous_values() -> None:
    seen = translate.observation(event("customer.subscription.deleted", subscription(status="canceled")))
    assert seen is not None
    assert seen.previous is None


def test_older_api_version_is_read() -> None:
    """Stripe renders an event at its endpoint's version: period on the subscription, no details."""
    old = subscription(status="something_new", current_period_end=AT + 900)
    del old["cancellation_details"], old["cancel_at"]
    seen = translate.observation(event("customer.subscription.updated", old, {}))
    assert seen is not None
    assert (seen.status, seen.cancel_at) == ("something_new", None)
    assert seen.cancellation == Cancellation(kind=None, feedback=None, feedback_option=None, comment=None)


def renewal(seen: dict[str, Any] | None = None, previous: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the event of a renewal as it is told since 2025-03-31.basil: the periods are the items'."""
    item = {"id": "si_1", "price": {"id": "price_1"}, "quantity": 2, "discounts": []}
    about = subscription(pause_collection=None, latest_invoice="in_2") | {
        "items": {"object": "list", "has_more": False, "data": [item | {"current_period_end": AT + 9000}]}
    }
    before = {"latest_invoice": "in_1", "items": {"data": [item | {"current_period_end": AT + 900}]}}
    return event("customer.subscription.updated", about | (seen or {}), before | (previous or {}))


def test_renewal_changes_no_terms() -> None:
    for told in (renewal(), renewal(previous={"metadata": {"seen": "1"}, "default_payment_method": "pm_1"})):
        update = translate.update(told)
        assert update is not None
        assert (update.is_whole, update.changes_terms, update.seen.previous) == (True, False, {})
        assert translate.stripe_event(told, "").routine


@pytest.mark.parametrize("name", ["cancel_at", "canceled_at", "ended_at", "cancellation_details", "pause_collection"])
def test_missing_field_is_noticed(name: str) -> None:
    """Stripe's older API versions have no `cancellation_details`, still older ones no `pause_collection`."""
    old = renewal()
    del old["data"]["object"][name]
    update = translate.update(old)
    assert update is not None
    assert not update.is_whole


@pytest.mark.parametrize(
    "items",
    [
        {"data": []},
        {"data": [{"id": "si_1", "price": {"id": "price_0"}, "quantity": 2, "discounts": []}]},
        {"data": [{"id": "si_1", "price": {"id": "price_1"}, "quantity": 3, "discounts": []}]},
        {"data": [{"id": "si_1", "price": {"id": "price_1"}, "quantity": 2, "discounts": ["di_1"]}]},
        {"data": [{"id": "si_1", "price": {"id": "price_1"}, "quantity": 2}]},
        {"data": [{"id": "si_1", "price": {"id": "price_1"}, "quantity": 2, "discounts": []}], "has_more": True},
    ],
)
def test_items_that_changed_in_more_than_their_period_change_the_terms(items: dict[str, Any]) -> None:
    update = translate.update(renewal(previous={"items": items}))
    assert update is not None
    assert update.changes_terms


@pytest.mark.parametrize("name", ["status", "cancel_at", "trial_end", "discounts", "customer", "plan", "a_new_field"])
def test_what_no_renewal_changes_is_not_routine(name: str) -> None:
    told = renewal(previous={name: None})
    update = translate.update(told)
    assert update is not None
    assert update.changes_terms
    assert not translate.stripe_event(told, "").routine


@pytest.mark.parametrize("before", [None, {}, [], "items", {"items": None}, {"items": {"data": None}}])
def test_odd_previous_values_are_never_routine(before: Any) -> None:
    told = renewal()
    told["data"]["previous_attributes"] = before
    update = translate.update(told)
    assert update is None or update.changes_terms


def test_a_changed_address_is_told_with_both() -> None:
    about = {"id": "cus_1", "object": "customer", "email": "new@acme-mail.com"}
    change = translate.address_change(event("customer.updated", about, {"email": "old@acme-mail.com"}))
    assert change is not None
    assert (change.customer_id, change.changed_at) == ("cus_1", moment(60))
    assert (change.before, change.after) == ("old@acme-mail.com", "new@acme-mail.com")


def test_first_address_is_a_change() -> None:
    about = {"id": "cus_1", "object": "customer", "email": "new@acme-mail.com"}
    change = translate.address_change(event("customer.updated", about, {"email": None}))
    assert change is not None
    assert change.before is None


@pytest.mark.parametrize("before", ["DANA@Müller.de", "dana@xn--mller-kva.de"])
def test_another_spelling_is_no_other_address(before: str) -> None:
    about = {"id": "cus_1", "object": "customer", "email": "dana@müller.de"}
    assert translate.address_change(event("customer.updated", about, {"email": before})) is None


def test_other_changes_are_no_address_change() -> None:
    about = {"id": "cus_1", "object": "customer", "email": "same@acme-mail.com"}
    assert translate.address_change(event("customer.updated", about, {"name": "Old"})) is None
    assert translate.observation(event("customer.updated", about, {"name": "Old"})) is None


def test_a_stored_notice_is_read_again_as_it_came() -> None:
    raw = event("customer.subscription.created", subscription())
    assert translate.stored(translate.stripe_event(raw, json.dumps(raw))) == raw


def first_period_ends(**changes: Any) -> datetime | None:
    seen = translate.observation(event("customer.subscription.created", subscription(**changes)))
    assert seen is not None
    return seen.first_period_ends_at


def test_first_period_is_the_longest_or_the_trial() -> None:
    monthly = {"price": {"recurring": {"interval": "month", "interval_count": 1}}}
    yearly = {"price": {"recurring": {"interval": "year", "interval_count": 2}}}
    created_at = moment(0)
    two_years = created_at.replace(year=created_at.year + 2)
    assert first_period_ends(items={"data": [monthly, yearly]}) == two_years
    assert first_period_ends(items={"data": [monthly]}, trial_end=AT + 90 * 86400) == moment(90 * 86400)
    assert first_period_ends(plan={"interval": "week", "interval_count": 1}) == moment(7 * 86400)
    assert first_period_ends() is None


def test_paused_collection_is_observed_with_its_past() -> None:
    paused = subscription(pause_collection={"behavior": "void", "resumes_at": None})
    seen = translate.observation(event("customer.subscription.updated", paused, {"pause_collection": None}))
    assert seen is not None
    assert seen.collection_paused
    assert seen.previous == {"collection_paused": False}


ODD = "Too\u0000 dear\ud83d \u202efor\u202c us"


def test_a_comment_loses_what_nobody_can_store_or_see() -> None:
    details = {"reason": "cancellation_requested", "feedback": "other", "comment": ODD}
    seen = translate.observation(
        event(
            "customer.subscription.updated",
            subscription(cancellation_details=details),
            {"cancellation_details": details},
        )
    )
    assert seen is not None
    assert seen.cancellation.comment == "Too dear for us"
    assert (seen.previous or {})["comment"] == "Too dear for us"


def test_a_very_long_comment_is_cut() -> None:
    details = {"reason": "cancellation_requested", "feedback": "other", "comment": "dear " * 100_000}
    seen = translate.observation(event("customer.subscription.updated", subscription(cancellation_details=details)))
    assert seen is not None
    assert len(seen.cancellation.comment or "") == 5000


def test_a_name_is_cleaned_and_an_address_hardly_changed() -> None:
    found = customer({
        "id": "cus_1", "livemode": False, "created": AT, "name": ODD, "email": "da\u200bna\u0000@acme-mail.com",
        "metadata": {"consent": "y\u0000es"},
    })  # fmt: skip
    assert (found.name, found.email) == ("Too dear for us", "da\u200bna@acme-mail.com")
    assert found.metadata == {"consent": "yes"}


@pytest.mark.parametrize("start", ["start_date", "start"])
def test_a_subscription_without_created_has_its_start(start: str) -> None:
    old = subscription(**{start: AT - 5})
    del old["created"]
    seen = translate.observation(event("customer.subscription.deleted", old))
    assert seen is not None
    assert seen.created_at == moment(-5)


def test_a_subscription_without_any_time_has_its_events() -> None:
    old = subscription()
    del old["created"]
    seen = translate.observation(event("customer.subscription.deleted", old))
    assert seen is not None
    assert seen.created_at == moment(60)


@pytest.mark.parametrize(
    "odd",
    [{"status": None}, {"cancel_at_period_end": None}, {"canceled_at": "now"}, {"ended_at": 10**18}, {"created": "x"}],
)
def test_what_cannot_be_read_is_no_observation(odd: dict[str, Any]) -> None:
    assert translate.observation(event("customer.subscription.updated", subscription(**odd))) is None
