"""What a case lost is what its subscription was worth just before the request or the end, however late that is read."""

from collections.abc import Callable

import pytest

from domain.billing.monthly_value import MonthlyValue
from domain.money import Money
from sandbox.stripe.ledger import DAY, Json
from tests.flows.cancellations.conftest import Scene
from tests.flows.cancellations.life import Life


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


def another_plan(scene: Scene, life: Life, subscription: Json) -> None:
    life.subscriptions.append(subscription)
    life.moves()["1: is put on another plan"]()


def more_seats(scene: Scene, life: Life, subscription: Json) -> None:
    item = subscription["items"]["data"][0]
    scene.account.subscriptions.update(subscription, {"items": [{"id": item["id"], "quantity": 50}]})


def no_discount(scene: Scene, life: Life, subscription: Json) -> None:
    scene.account.subscriptions.update(subscription, {"discounts": None})


def another_discount(scene: Scene, life: Life, subscription: Json) -> None:
    coupon = scene.account.catalog.add_coupon("FREE", percent_off=100, duration="forever")
    scene.account.subscriptions.update(subscription, {"discounts": [{"coupon": coupon["id"]}]})


def discount_of_the_item(scene: Scene, life: Life, subscription: Json) -> None:
    coupon = scene.account.catalog.add_coupon("FREE", percent_off=100, duration="forever")
    item = {"id": subscription["items"]["data"][0]["id"], "discounts": [{"coupon": coupon["id"]}]}
    scene.account.subscriptions.update(subscription, {"items": [item]})


def discount_of_the_customer(scene: Scene, life: Life, subscription: Json) -> None:
    coupon = scene.account.catalog.add_coupon("FREE", percent_off=100, duration="forever")
    scene.account.discounts.give(life.customers[0], coupon)


def paused(scene: Scene, life: Life, subscription: Json) -> None:
    scene.account.subscriptions.pause_collection(subscription, "void")


def ended(scene: Scene, life: Life, subscription: Json) -> None:
    life.pause(40 * DAY)
    assert subscription["status"] == "canceled"


CHANGES = [
    another_plan,
    more_seats,
    no_discount,
    another_discount,
    discount_of_the_item,
    discount_of_the_customer,
    paused,
    ended,
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("request_comes_last", [False, True])
async def test_what_changes_before_the_first_read_does_not_count(
    scene: Scene, change: Callable[[Scene, Life, Json], None], request_comes_last: bool
) -> None:
    life, account = await scene.begin(), scene.account
    coupon = account.catalog.add_coupon("HALF", percent_off=50, duration="repeating", duration_in_months=3)
    subscription = account.subscribe(life.customers[0], life.prices[0], coupons=[coupon])
    life.pause(20 * DAY)
    account.request_cancellation(subscription)
    life.pause(DAY)
    change(scene, life, subscription)
    told = [each for each in account.webhooks.held if each["type"].startswith("customer.subscription.")]
    for event in reversed(told) if request_comes_last else told:
        await scene.any_order.route(event)
    assert await loss(scene, subscription) == euros(2450)


@pytest.mark.parametrize("given_to", ["customer", "item"])
async def test_a_discount_that_is_gone_is_read_off_the_invoice(scene: Scene, given_to: str) -> None:
    life, account = await scene.begin(), scene.account
    coupon = account.catalog.add_coupon("HALF", percent_off=50, duration="forever")
    if given_to == "customer":
        account.discounts.give(life.customers[0], coupon)
    terms: list[tuple[list[Json], list[Json]]] = [([coupon] if given_to == "item" else [], [])]
    subscription = account.subscribe(life.customers[0], life.prices[0], items=terms)
    life.pause(DAY)
    account.request_cancellation(subscription)
    life.pause(DAY)
    if given_to == "customer":
        other = account.catalog.add_coupon("FREE", percent_off=100, duration="forever")
        account.discounts.give(life.customers[0], other)
    else:
        item = {"id": subscription["items"]["data"][0]["id"], "discounts": None}
        account.subscriptions.update(subscription, {"items": [item]})
    await tell_all(scene)
    assert await loss(scene, subscription) == euros(2450)


async def test_a_discount_whose_terms_nothing_tells_makes_the_loss_unknown(scene: Scene) -> None:
    life, account = await scene.begin(), scene.account
    subscription = account.subscribe(life.customers[0], life.prices[0])
    coupon = account.catalog.add_coupon("HALF", percent_off=50, duration="forever")
    account.subscriptions.update(subscription, {"discounts": [{"coupon": coupon["id"]}]})  # on no invoice yet
    account.request_cancellation(subscription)
    no_discount(scene, life, subscription)
    await tell_all(scene)
    lost = await loss(scene, subscription)
    assert lost is not None
    assert not lost.known


async def test_a_plan_that_is_changed_with_the_request_counts_as_it_was(scene: Scene) -> None:
    life, account = await scene.begin(), scene.account
    subscription = account.subscribe(life.customers[0], life.prices[0])
    item = {"id": subscription["items"]["data"][0]["id"], "price": life.prices[1]["id"]}
    account.subscriptions.update(subscription, {"items": [item], "cancel_at_period_end": True})
    await tell_all(scene)
    assert await loss(scene, subscription) == euros(4900)


async def test_a_past_price_is_read_in_the_currency_that_is_paid(scene: Scene) -> None:
    life, account = await scene.begin(), scene.account
    option = {"tiers": [(None, 300_00, 50_00)], "tax_behavior": "unspecified"}
    price = account.catalog.add_price(
        account.catalog.add_product("Seats"),
        None,
        "gbp",
        tiers=[(None, 777, None)],
        tiers_mode="graduated",
        currency_options={"eur": option},
    )
    subscription = account.subscribe(life.customers[0], (price, 2), currency="eur")
    account.request_cancellation(subscription)
    life.pause(DAY)
    another_plan(scene, life, subscription)
    price["active"] = False
    await tell_all(scene)
    assert await loss(scene, subscription) == euros(650_00)
