"""Cancelling, and all that may follow it, with the events that tell it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe

from sandbox.seed import CUSTOMERS
from sandbox.server import Sandbox
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import Json

NOTHING = {"comment": None, "feedback": None, "feedback_option": None, "reason": None}


def _of(account: Account, handle: str, number: int = 1) -> Json:
    return account.ledger.get("subscription", CUSTOMERS[handle].subscription_id(number))


Since = Callable[[Json], list[tuple[str, Any]]]


@pytest.fixture
def since(account: Account) -> Since:
    """List a subscription's events since the test began, oldest first, with what each says was before."""
    before = {event["id"] for event in account.events}
    return lambda subscription: [
        (event["type"].removeprefix("customer.subscription."), event["data"].get("previous_attributes"))
        for event in account.events
        if event["id"] not in before and event["data"]["object"]["id"] == subscription["id"]
    ]


async def test_flexible_billing_sets_only_the_moment(account: Account, since: Since) -> None:
    """Stripe: Compare billing modes, scheduled subscription cancellation."""
    dana = _of(account, "dana")
    account.request_cancellation(dana)
    assert dana["cancel_at_period_end"] is False
    assert dana["cancel_at"] == dana["items"]["data"][0]["current_period_end"]
    assert since(dana) == [
        ("updated", {"cancel_at": None, "canceled_at": None, "cancellation_details": {"reason": None}})
    ]


async def test_classic_billing_sets_flag_and_moment(account: Account, since: Since) -> None:
    carol = _of(account, "carol")
    account.request_cancellation(carol)
    assert carol["cancel_at_period_end"] is True
    assert carol["cancel_at"] == carol["items"]["data"][0]["current_period_end"]
    assert since(carol) == [
        (
            "updated",
            {
                "cancel_at": None,
                "cancel_at_period_end": False,
                "canceled_at": None,
                "cancellation_details": {"reason": None},
            },
        )
    ]


async def test_the_survey_is_a_second_event(account: Account, since: Since) -> None:
    """Stripe: Cancellation page, feedback is collected after cancelling."""
    dana = _of(account, "dana")
    account.portal_cancel(dana, "other", "Too many e-mails")
    assert [previous for _, previous in since(dana)][1:] == [
        {"cancellation_details": {"comment": None, "feedback": None}}
    ]
    assert dana["cancellation_details"] == NOTHING | {
        "comment": "Too many e-mails",
        "feedback": "other",
        "reason": "cancellation_requested",
    }


async def test_a_skipped_survey_leaves_one_event(account: Account, since: Since) -> None:
    dana = _of(account, "dana")
    account.portal_cancel(dana)
    assert len(since(dana)) == 1


async def test_a_custom_reason_is_an_option(account: Account, client: stripe.StripeClient) -> None:
    """Stripe: Feedback options."""
    option = account.portal.add_reason("We sold the company")
    dana = _of(account, "dana")
    account.request_cancellation(dana)
    account.answer_survey(dana, None, feedback_option=option)
    read = await client.v1.subscriptions.retrieve_async(
        dana["id"], {"expand": ["cancellation_details.feedback_option"]}
    )
    assert read.cancellation_details is not None
    assert isinstance(read.cancellation_details.feedback_option, stripe.billing.FeedbackOption)
    assert read.cancellation_details.feedback_option.description == "We sold the company"


@pytest.mark.parametrize("handle", ["walt", "xena"])
async def test_taken_back_leaves_no_trace(account: Account, handle: str, since: Since) -> None:
    subscription = _of(account, handle)
    before = {key: subscription[key] for key in ("cancel_at", "canceled_at")}
    account.take_back(subscription)
    assert (subscription["cancel_at"], subscription["canceled_at"], subscription["cancel_at_period_end"]) == (
        None,
        None,
        False,
    )
    assert subscription["cancellation_details"] == NOTHING
    ((kind, previous),) = since(subscription)
    assert kind == "updated"
    assert {key: previous[key] for key in before} == before
    assert previous["cancellation_details"]["reason"] == "cancellation_requested"


async def test_it_ends_at_the_periods_end_and_keeps_what_was_asked(sandbox: Sandbox, since: Since) -> None:
    walt = _of(sandbox.stripe, "walt")
    asked, end = walt["canceled_at"], walt["cancel_at"]
    sandbox.clock.move_to(datetime.fromtimestamp(end, UTC) + timedelta(hours=1))
    assert (walt["ended_at"], walt["canceled_at"], walt["cancel_at_period_end"]) == (end, asked, True)
    assert walt["cancellation_details"]["feedback"] == "unused"
    assert since(walt) == [("deleted", None)]
    told = [each["created"] for each in sandbox.stripe.events if each["data"]["object"]["id"] == walt["id"]]
    assert told[-1] == end


async def test_ending_at_once_moves_the_request(account: Account, since: Since) -> None:
    xena = _of(account, "xena")
    asked = xena["canceled_at"]
    account.cancel_now(xena)
    assert xena["canceled_at"] == xena["ended_at"] > asked
    assert (xena["cancel_at"], xena["cancel_at_period_end"]) == (None, False)
    assert since(xena) == [("deleted", None)]


async def test_a_portal_that_cancels_at_once_asks_afterwards(account: Account, since: Since) -> None:
    account.portal.configuration["features"]["subscription_cancel"]["mode"] = "immediately"
    dana = _of(account, "dana")
    account.portal_cancel(dana, "too_complex")
    assert [kind for kind, _ in since(dana)] == ["deleted", "updated"]
    assert dana["cancellation_details"]["feedback"] == "too_complex"


async def test_staff_cancel_through_the_api(client: stripe.StripeClient, account: Account) -> None:
    """Stripe: Cancel subscriptions; in flexible billing, too, the API's flag is the flag."""
    dana = CUSTOMERS["dana"].subscription_id()
    updated = await client.v1.subscriptions.update_async(dana, {"cancel_at_period_end": True})
    assert updated.cancel_at_period_end is True
    assert updated.cancel_at == updated["items"].data[0].current_period_end
    assert account.events[-1]["request"]["idempotency_key"] is not None


@pytest.mark.parametrize(
    ("handle", "changes"), [("walt", {"cancel_at_period_end": False}), ("xena", {"cancel_at": ""})]
)
async def test_the_api_takes_back(client: stripe.StripeClient, handle: str, changes: Any) -> None:
    updated = await client.v1.subscriptions.update_async(CUSTOMERS[handle].subscription_id(), changes)
    assert (updated.cancel_at, updated.cancel_at_period_end, updated.canceled_at) == (None, False, None)


async def test_both_ways_to_cancel_at_once_are_refused(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Received both cancel_at_period_end and cancel_at"):
        await client.v1.subscriptions.update_async(
            CUSTOMERS["dana"].subscription_id(), {"cancel_at_period_end": False, "cancel_at": ""}
        )


async def test_what_ended_cannot_be_taken_back_but_can_be_explained(client: stripe.StripeClient) -> None:
    sven = CUSTOMERS["sven"].subscription_id()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.subscriptions.update_async(sven, {"cancel_at": ""})
    assert refused.value.code == "invalid_canceled_subscription_fields"
    explained = await client.v1.subscriptions.update_async(sven, {"cancellation_details": {"comment": "Moved away"}})
    assert explained.cancellation_details is not None
    assert explained.cancellation_details.comment == "Moved away"
    with pytest.raises(stripe.InvalidRequestError) as again:
        await client.v1.subscriptions.cancel_async(sven)
    assert (again.value.code, again.value.http_status) == ("resource_missing", 404)


async def test_cancelled_by_the_api_at_once_with_a_reason(client: stripe.StripeClient) -> None:
    ended = await client.v1.subscriptions.cancel_async(
        CUSTOMERS["bob"].subscription_id(),
        {"cancellation_details": {"feedback": "low_quality", "comment": "Asked by phone"}},
    )
    assert ended.status == "canceled"
    assert ended.cancellation_details is not None
    assert (ended.cancellation_details.reason, ended.cancellation_details.feedback) == (
        "cancellation_requested",
        "low_quality",
    )


async def test_born_with_its_end(account: Account) -> None:
    vera = _of(account, "vera")
    assert vera["canceled_at"] == vera["created"]
    assert vera["cancel_at"] > vera["items"]["data"][0]["current_period_end"]


async def test_a_dispute_ends_it(account: Account, since: Since) -> None:
    bob = _of(account, "bob")
    account.dispute(bob)
    assert (bob["status"], bob["cancellation_details"]["reason"]) == ("canceled", "payment_disputed")
    assert since(bob) == [("deleted", None)]
    assert "charge.dispute.created" in {event["type"] for event in account.events}


async def test_canceled_ones_are_left_out_of_a_list_unless_asked_for(reader: stripe.StripeClient) -> None:
    """Stripe: List subscriptions, `status`."""
    tessa = CUSTOMERS["tessa"]
    by_default = await reader.v1.subscriptions.list_async({"customer": tessa.id})
    everything = await reader.v1.subscriptions.list_async({"customer": tessa.id, "status": "all"})
    ended = await reader.v1.subscriptions.list_async({"customer": tessa.id, "status": "ended"})
    first, second = tessa.subscription_id(1), tessa.subscription_id(2)
    assert [[each.id for each in page.data] for page in (by_default, everything, ended)] == [
        [second],
        [second, first],
        [first],
    ]
