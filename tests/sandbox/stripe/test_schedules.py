"""Subscription schedules over the API, and attaching payment methods: what Stripe does, and what it refuses."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import stripe

from sandbox.seed import CUSTOMERS
from sandbox.server import Sandbox
from sandbox.stripe.account import Account
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import DAY, Json
from tests.sandbox.stripe.conftest import client_of

Client = stripe.StripeClient


@pytest.fixture
def dana(account: Account) -> Json:
    return account.ledger.get("subscription", CUSTOMERS["dana"].subscription_id(1))


@pytest.fixture
async def everything(sandbox: Sandbox) -> AsyncIterator[Client]:
    """Open a client with the account's secret key, which may do all that the bot may not."""
    async with client_of(sandbox, sandbox.stripe.access.secret_key) as connected:
        yield connected


@pytest.fixture
def business(account: Account) -> Json:
    return account.catalog.add_price(account.catalog.add_product("Business"), 9900, "eur")


async def led(client: Client, subscription: Json) -> stripe.SubscriptionSchedule:
    return await client.v1.subscription_schedules.create_async({"from_subscription": subscription["id"]})


def phases(schedule: stripe.SubscriptionSchedule, *prices: Json, days: int = 90) -> list[Any]:
    """Return the current phase as it stands, then one for each price, of so many days."""
    [first] = schedule.phases
    told: list[Any] = [
        {
            "start_date": first.start_date,
            "end_date": first.end_date,
            "items": [{"price": str(item.price), "quantity": item.quantity or 1} for item in first.items],
        }
    ]
    for number, price in enumerate(prices, start=1):
        end = first.end_date + number * days * DAY
        told.append({"end_date": end, "items": [{"price": price["id"]}], "proration_behavior": "none"})
    return told


def move_to(sandbox: Sandbox, moment: int) -> None:
    sandbox.clock.advance(timedelta(seconds=moment - sandbox.stripe.ledger.now))


async def test_a_phase_brings_its_items_in_time_to_be_billed(
    sandbox: Sandbox, account: Account, client: Client, dana: Json, business: Json
) -> None:
    schedule = await led(client, dana)
    assert (schedule.status, schedule.subscription, dana["schedule"]) == ("active", dana["id"], schedule.id)
    await client.v1.subscription_schedules.update_async(
        schedule.id, {"phases": phases(schedule, business), "end_behavior": "release"}
    )

    move_to(sandbox, schedule.phases[0].end_date + 3600)

    assert [item["price"]["id"] for item in dana["items"]["data"]] == [business["id"]]
    assert account.invoices.of(dana)[-1]["total"] == 9900
    now = await client.v1.subscription_schedules.retrieve_async(schedule.id)
    assert now.current_phase is not None
    assert now.current_phase.start_date == schedule.phases[0].end_date

    move_to(sandbox, now.phases[1].end_date + 3600)
    over = await client.v1.subscription_schedules.retrieve_async(schedule.id)
    assert (over.status, over.released_subscription, dana["schedule"]) == ("released", dana["id"], None)
    assert dana["status"] == "active"


async def test_a_schedule_ends_its_subscription(
    sandbox: Sandbox, client: Client, account: Account, dana: Json, business: Json
) -> None:
    schedule = await led(client, dana)
    wanted = phases(schedule, business, days=30)
    await client.v1.subscription_schedules.update_async(schedule.id, {"phases": wanted, "end_behavior": "cancel"})
    assert (dana["cancel_at"], dana["canceled_at"]) == (wanted[-1]["end_date"], None)
    assert dana["cancellation_details"]["reason"] is None

    move_to(sandbox, dana["cancel_at"] + 60)

    assert dana["status"] == "canceled"
    assert account.ledger.get("subscription_schedule", schedule.id)["status"] == "completed"


@pytest.mark.parametrize("keeps", [True, False])
async def test_release_leaves_the_subscription(client: Client, dana: Json, *, keeps: bool) -> None:
    schedule = await led(client, dana)
    await client.v1.subscription_schedules.update_async(schedule.id, {"end_behavior": "cancel"})
    with pytest.raises(stripe.InvalidRequestError, match="managed by the subscription schedule"):
        await client.v1.subscriptions.update_async(dana["id"], {"cancel_at_period_end": True})

    await client.v1.subscription_schedules.release_async(schedule.id, {"preserve_cancel_date": keeps})

    assert (dana["schedule"], dana["status"]) == (None, "active")
    assert dana["cancel_at"] == (schedule.phases[-1].end_date if keeps else None)
    await client.v1.subscriptions.update_async(dana["id"], {"cancel_at_period_end": True})
    for call in (client.v1.subscription_schedules.release_async, client.v1.subscription_schedules.cancel_async):
        with pytest.raises(stripe.InvalidRequestError, match="currently in the `released` status"):
            await call(schedule.id)


async def test_cancelling_a_schedule_ends_all(account: Account, client: Client, dana: Json) -> None:
    schedule = await led(client, dana)
    await client.v1.subscription_schedules.cancel_async(schedule.id)
    assert (dana["status"], dana["schedule"]) == ("canceled", None)
    told = [event["type"] for event in account.events if event["type"].startswith("subscription_schedule.")]
    assert told == ["subscription_schedule.created", "subscription_schedule.canceled"]


async def test_unfit_schedules_are_refused(account: Account, client: Client, dana: Json, business: Json) -> None:
    schedule = await led(client, dana)
    with pytest.raises(stripe.InvalidRequestError, match="already attached to a schedule"):
        await led(client, dana)
    good = phases(schedule, business)
    yen = account.catalog.add_price(account.catalog.add_product("Yen"), 900, "jpy")
    for bad, why in (
        ([], "at least one phase"),
        ([good[0], good[1] | {"start_date": schedule.phases[0].end_date + 1}], "start date"),
        ([good[0] | {"end_date": account.ledger.now}], "in the future"),
        ([good[0] | {"items": [{"price": "price_none"}]}], "No such price"),
        ([good[0] | {"items": [{"price": yen["id"]}]}], "eur"),
    ):
        with pytest.raises(Refusal, match=why):
            account.schedules.update(account.ledger.get("subscription_schedule", schedule.id), {"phases": bad})
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter: customer"):
        await client.v1.subscription_schedules.create_async({"customer": dana["customer"]})
    ended = account.ledger.get("subscription", CUSTOMERS["carol"].subscription_id(1))
    account.cancel_now(ended)
    with pytest.raises(stripe.InvalidRequestError, match="already in the `canceled` status"):
        await led(client, ended)


async def test_payment_methods_are_attached_once(account: Account, everything: Client, dana: Json) -> None:
    client = everything
    method = await client.v1.payment_methods.attach_async("pm_card_mastercard", {"customer": dana["customer"]})
    assert method.card is not None
    assert (method.customer, method.card.last4) == (dana["customer"], "4444")
    customer = account.ledger.get("customer", dana["customer"])
    assert customer["invoice_settings"]["default_payment_method"] != method.id
    assert account.events[-1]["type"] == "payment_method.attached"

    other = account.create_customer(name="Other", email="other@other-mail.com")
    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        await client.v1.payment_methods.attach_async(method.id, {"customer": other["id"]})
    await client.v1.payment_methods.detach_async(method.id)
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        await client.v1.payment_methods.attach_async(method.id, {"customer": dana["customer"]})
    with pytest.raises(stripe.InvalidRequestError, match="No such"):
        await client.v1.payment_methods.attach_async("pm_none", {"customer": dana["customer"]})
