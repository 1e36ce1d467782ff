"""What a case lost is fixed by its first read: as it was just before the request or the end."""

import pytest

from domain.billing.monthly_value import MonthlyValue
from domain.money import Money
from sandbox.stripe.ledger import DAY, Json
from tests.flows.cancellations.conftest import Scene


def euros(now: int, would_be: int | None = None) -> MonthlyValue:
    return MonthlyValue(now=Money(now, "eur"), would_be=Money(would_be or now, "eur"), usage_based=False)


async def tell_all(scene: Scene, known: int = 0) -> int:
    """Take in all events since the first `known`, in order."""
    held = scene.account.webhooks.held
    for event in held[known:]:
        if event["type"].startswith("customer.subscription."):
            await scene.any_order.route(event)
    return len(held)


async def loss(scene: Scene, subscription: Json) -> MonthlyValue | None:
    async with scene.any_order.store.read() as unit:
        (case,) = await unit.cases.of_subscription(subscription["id"])
    return case.loss


async def test_a_later_read_does_not_change_it(scene: Scene) -> None:
    life, account = await scene.begin(), scene.account
    coupon = account.catalog.add_coupon("HALF", percent_off=50, duration="repeating", duration_in_months=1)
    subscription = account.subscribe(life.customers[0], life.prices[0], coupons=[coupon])
    life.pause(20 * DAY)
    account.request_cancellation(subscription)
    known = await tell_all(scene)
    assert await loss(scene, subscription) == euros(2450)
    life.subscriptions.append(subscription)
    life.moves()["1: is put on another plan"]()
    known = await tell_all(scene, known)
    life.pause(20 * DAY)  # the coupon has run out, and the subscription has ended
    await tell_all(scene, known)
    assert subscription["status"] == "canceled"
    assert await loss(scene, subscription) == euros(2450)


async def test_discount_that_runs_out_at_the_end_counts(scene: Scene) -> None:
    life, account = await scene.begin(), scene.account
    coupon = account.catalog.add_coupon("HALF", percent_off=50, duration="repeating", duration_in_months=1)
    subscription = account.subscribe(life.customers[0], life.prices[0], coupons=[coupon])
    account.ledger.get("discount", subscription["discounts"][0])["end"] = account.ledger.now
    account.cancel_now(subscription)
    await tell_all(scene)
    assert await loss(scene, subscription) == euros(2450)


@pytest.mark.parametrize("until_period_end", [True, False])
async def test_a_pause_of_collection_before_the_end_counts_nothing_now(scene: Scene, until_period_end: bool) -> None:
    life, account = await scene.begin(), scene.account
    subscription = account.subscribe(life.customers[0], life.prices[0])
    account.subscriptions.pause_collection(subscription, "void")
    known = await tell_all(scene)
    life.pause(2 * DAY)
    if until_period_end:
        account.request_cancellation(subscription)
        known = await tell_all(scene, known)
        life.pause(40 * DAY)
    else:
        account.cancel_now(subscription)
    await tell_all(scene, known)
    assert subscription["status"] == "canceled"
    assert await loss(scene, subscription) == euros(0, 4900)


async def test_trial_cancelled_is_no_loss_even_when_read_after_it(scene: Scene) -> None:
    life, account = await scene.begin(), scene.account
    subscription = account.subscribe(life.customers[0], life.prices[0], trial_end=account.ledger.now + 7 * DAY)
    life.pause(DAY)
    account.subscriptions.update(subscription, {"cancel_at": account.ledger.now + 60 * DAY})
    life.pause(10 * DAY)
    assert subscription["status"] == "active"
    await tell_all(scene)
    assert await loss(scene, subscription) == euros(0, 4900)


async def test_what_was_never_paid_is_no_loss(scene: Scene) -> None:
    life, account = await scene.begin(), scene.account
    customer = life.join()
    subscription = account.subscribe(customer, life.prices[0], trial_end=account.ledger.now + 7 * DAY)
    account.fail_payments(customer)
    life.pause(7 * DAY)
    life.pause(20 * DAY)
    assert subscription["status"] == "canceled"
    await tell_all(scene)
    assert await loss(scene, subscription) == euros(0, 4900)


async def test_a_paused_subscription_that_is_ended_counts_nothing_now(scene: Scene) -> None:
    life, account = await scene.begin(), scene.account
    subscription = account.subscribe(life.customers[0], life.prices[0])
    account.subscriptions.pause(subscription)
    known = await tell_all(scene)
    life.pause(2 * DAY)
    account.cancel_now(subscription)
    await tell_all(scene, known)
    assert await loss(scene, subscription) == euros(0, 4900)
