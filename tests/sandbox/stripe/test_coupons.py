"""Coupons and promotion codes: their terms, who may use them, how often and until when."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import stripe

from sandbox.seed import CUSTOMERS
from sandbox.server import Sandbox
from tests.sandbox.stripe.conftest import client_of
from tests.sandboxes import START, running

DANA, BOB, CAROL = (CUSTOMERS[name].id for name in ("dana", "bob", "carol"))
DANAS, BOBS = CUSTOMERS["dana"].subscription_id(), CUSTOMERS["bob"].subscription_id()
NOW = int(START.timestamp())
DAY = 86_400


@pytest.fixture(scope="module")
async def shop() -> AsyncIterator[Sandbox]:
    """One sandbox for the tests whose coupons and codes do not meet."""
    async with running() as started:
        yield started


@pytest.fixture
async def bot(shop: Sandbox) -> AsyncIterator[stripe.StripeClient]:
    async with client_of(shop) as connected:
        yield connected


async def coupon(bot: stripe.StripeClient, **terms: Any) -> stripe.Coupon:
    asked: Any = {"percent_off": 20, **terms}
    return await bot.v1.coupons.create_async(asked)


async def code(bot: stripe.StripeClient, of: stripe.Coupon, **more: Any) -> stripe.PromotionCode:
    asked: Any = {"promotion": {"type": "coupon", "coupon": of.id}, **more}
    return await bot.v1.promotion_codes.create_async(asked)


async def redeem(bot: stripe.StripeClient, subscription: str, of: str) -> stripe.Subscription:
    return await bot.v1.subscriptions.update_async(subscription, {"discounts": [{"promotion_code": of}]})


async def test_a_coupon_with_an_id_of_ones_own(bot: stripe.StripeClient) -> None:
    """Stripe: Create a coupon; its products are shown on expand only."""
    made = await coupon(
        bot,
        id="winback-1",
        duration="repeating",
        duration_in_months=3,
        name="Come back",
        max_redemptions=1,
        redeem_by=NOW + 30 * DAY,
        metadata={"offer": "1"},
        applies_to={"products": ["prod_SeedPro"]},
    )
    found = await bot.v1.coupons.retrieve_async("winback-1", {"expand": ["applies_to"]})
    assert "applies_to" not in made
    assert found.applies_to is not None
    assert found.applies_to.products == ["prod_SeedPro"]
    assert (found.percent_off, found.duration, found.duration_in_months) == (20.0, "repeating", 3)
    assert (found.valid, found.times_redeemed, found.name) == (True, 0, "Come back")
    with pytest.raises(stripe.InvalidRequestError, match="Coupon already exists") as refused:
        await coupon(bot, id="winback-1")
    assert (refused.value.http_status, refused.value.code) == (400, "resource_already_exists")


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        ({"percent_off": 0}, "greater than 0 and at most 100"),
        ({"percent_off": 100.5}, "greater than 0 and at most 100"),
        ({"amount_off": 500}, "exactly one of percent_off or amount_off"),
        ({"percent_off": None}, "exactly one of percent_off or amount_off"),
        ({"percent_off": None, "amount_off": 500}, "Missing required param: currency"),
        ({"percent_off": None, "amount_off": 0, "currency": "eur"}, "greater than or equal to 1"),
        ({"duration": "repeating"}, "duration_in_months is required"),
        ({"duration_in_months": 3}, "duration_in_months is required"),
        ({"duration": "always"}, "Invalid duration"),
        ({"redeem_by": NOW - DAY}, "redeem_by must be in the future"),
        ({"redeem_by": NOW + 6 * 366 * DAY}, "five years ahead at most"),
        ({"name": "x" * 41}, "at most 40 characters"),
        ({"applies_to": {"products": ["prod_nobody"]}}, "No such product"),
        ({"percentage": 20}, "Received unknown parameter: percentage"),
    ],
)  # fmt: skip
async def test_terms_that_make_no_sense(bot: stripe.StripeClient, terms: dict[str, Any], says: str) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=says):
        await coupon(bot, **terms)


async def test_a_code_for_one_customer_is_found_and_used_by_that_one(bot: stripe.StripeClient) -> None:
    """Stripe: Promotion codes; the discount names both."""
    made = await coupon(bot)
    danas = await code(bot, made, code="For-Dana", customer=DANA, max_redemptions=1, metadata={"offer": "2"})
    assert (danas.active, danas.promotion.coupon, danas.customer) == (True, made.id, DANA)
    for wanted in ({"code": "fOR-dANA"}, {"coupon": made.id}, {"customer": DANA, "active": True}):
        listed = await bot.v1.promotion_codes.list_async(wanted)  # type: ignore[arg-type]  # each is one of its filters
        assert [each.id for each in listed.data] == [danas.id]
    with pytest.raises(stripe.InvalidRequestError, match="it belongs to another customer"):
        await redeem(bot, BOBS, danas.id)

    discounted = await bot.v1.subscriptions.update_async(
        DANAS, {"discounts": [{"promotion_code": danas.id}], "expand": ["discounts.promotion_code"]}
    )
    [discount] = discounted.discounts
    assert isinstance(discount, stripe.Discount)
    assert isinstance(discount.promotion_code, stripe.PromotionCode)
    assert (discount.promotion_code.id, discount.source.coupon) == (danas.id, made.id)
    used = await bot.v1.promotion_codes.retrieve_async(danas.id)
    assert (used.times_redeemed, used.active) == (1, False)
    assert (await bot.v1.coupons.retrieve_async(made.id)).times_redeemed == 1
    with pytest.raises(stripe.InvalidRequestError, match="it is not active"):
        await redeem(bot, DANAS, danas.id)
    with pytest.raises(stripe.InvalidRequestError, match="can no longer be redeemed"):
        await bot.v1.promotion_codes.update_async(danas.id, {"active": True})
    assert (await bot.v1.subscriptions.retrieve_async(DANAS)).discounts == [discount.id]


async def test_a_code_is_its_customers_alone_while_it_is_active(bot: stripe.StripeClient) -> None:
    """Stripe: Create a promotion code, `code`: unique, in any case, for a customer and among those for everybody."""
    made = await coupon(bot)
    first = await code(bot, made, code="SAME", customer=CAROL)
    assert (await code(bot, made, code="same", customer=BOB)).active
    for customer in ({"customer": CAROL}, {}):
        with pytest.raises(stripe.InvalidRequestError, match="An active promotion code with `code: sAmE` already ex"):
            await code(bot, made, code="sAmE", **customer)
    switched = await bot.v1.promotion_codes.update_async(first.id, {"active": False, "metadata": {"why": "taken back"}})
    assert (switched.active, switched.metadata and switched.metadata.to_dict()) == (False, {"why": "taken back"})
    again = await code(bot, made, code="SAME", customer=CAROL)
    with pytest.raises(stripe.InvalidRequestError, match="already exists"):
        await bot.v1.promotion_codes.update_async(first.id, {"active": True})
    assert again.id != first.id
    assert (await code(bot, made)).code.isalnum()


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"code": "20% off"}, "letters, digits and dashes"),
        ({"customer": "cus_nobody"}, "No such customer"),
        ({"promotion": {"type": "coupon", "coupon": "nobody"}}, "No such coupon"),
        ({"promotion": {"type": "coupon"}}, r"Missing required param: promotion\[coupon\]"),
        ({"coupon": "SPRING"}, "Received unknown parameter: coupon"),
        ({"expires_at": NOW - DAY}, "expires_at must be in the future"),
        ({"expires_at": NOW + 20 * DAY}, "cannot be after the coupon's redeem_by"),
        ({"max_redemptions": 3}, "cannot be greater than the coupon's max_redemptions"),
    ],
)  # fmt: skip
async def test_codes_that_go_further_than_their_coupon(bot: stripe.StripeClient, more: Any, says: str) -> None:
    made = await coupon(bot, redeem_by=NOW + 10 * DAY, max_redemptions=2)
    with pytest.raises(stripe.InvalidRequestError, match=says):
        await code(bot, made, **more)


@pytest.mark.parametrize(
    ("restrictions", "says"),
    [
        ({"first_time_transaction": True}, "the associated customer has prior transactions"),
        ({"minimum_amount": 4901, "minimum_amount_currency": "usd"}, "does not meet the minimum amount requirement"),
    ],
)
async def test_restrictions(bot: stripe.StripeClient, restrictions: Any, says: str) -> None:
    """Stripe: Promotion codes, restrictions."""
    restricted = await code(bot, await coupon(bot), restrictions=restrictions)
    with pytest.raises(stripe.InvalidRequestError, match=says):
        await redeem(bot, BOBS, restricted.id)


async def test_the_last_use_of_a_coupon_ends_its_codes(bot: stripe.StripeClient) -> None:
    """Stripe: Coupons; what runs already keeps running."""
    made = await coupon(bot, max_redemptions=1, duration="forever")
    left = await code(bot, made)
    discounted = await bot.v1.subscriptions.update_async(BOBS, {"discounts": [{"coupon": made.id}]})
    assert len(discounted.discounts) == 1
    assert not (await bot.v1.coupons.retrieve_async(made.id)).valid
    assert not (await bot.v1.promotion_codes.retrieve_async(left.id)).active
    with pytest.raises(stripe.InvalidRequestError, match="Coupon expired") as refused:
        await bot.v1.subscriptions.update_async(DANAS, {"discounts": [{"coupon": made.id}]})
    assert refused.value.code == "coupon_expired"
    with pytest.raises(stripe.InvalidRequestError, match="Coupon expired"):
        await code(bot, made)


async def test_time_ends_coupons_and_codes(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    now = sandbox.stripe.ledger.now
    made = await coupon(client, redeem_by=now + 20 * DAY)
    short = await code(client, made, expires_at=now + 10 * DAY)
    long = await code(client, made, customer=BOB)
    sandbox.clock.advance(timedelta(days=11))
    active = await client.v1.promotion_codes.list_async({"coupon": made.id, "active": True})
    assert [each.id for each in active.data] == [long.id]
    with pytest.raises(stripe.InvalidRequestError, match="it is not active"):
        await redeem(client, BOBS, short.id)
    sandbox.clock.advance(timedelta(days=10))
    with pytest.raises(stripe.InvalidRequestError, match="it is not active"):
        await redeem(client, BOBS, long.id)
    events = await client.v1.events.list_async({"type": "promotion_code.updated"})
    assert [each.created for each in events.data] == [now + 20 * DAY, now + 10 * DAY]


@pytest.mark.parametrize("fault", ["drop_after", "kill_after"])
async def test_a_lost_answer_is_told_again_by_its_key(
    sandbox: Sandbox, client: stripe.StripeClient, fault: Any
) -> None:
    """Stripe: Idempotent requests; the coupon is made once."""
    killed: list[bool] = []
    sandbox.faults.on_kill = lambda: killed.append(True)
    sandbox.faults.add("stripe", "/v1/coupons", fault, method="POST")
    with pytest.raises(stripe.APIConnectionError):
        await client.v1.coupons.create_async({"id": "lost", "percent_off": 20}, {"idempotency_key": "one"})
    again = await client.v1.coupons.create_async({"id": "lost", "percent_off": 20}, {"idempotency_key": "one"})
    assert (again.id, killed) == ("lost", [True] * (fault == "kill_after"))


@pytest.mark.parametrize(
    ("call", "permission"),
    [
        (coupon, "rak_coupon_write"),
        (lambda bot: bot.v1.promotion_codes.list_async({"active": True}), "rak_promotion_code_read"),
        (lambda bot: bot.v1.promotion_codes.update_async("promo_1", {"active": True}), "rak_promotion_code_write"),
    ],
)
async def test_permissions(sandbox: Sandbox, client: stripe.StripeClient, call: Any, permission: str) -> None:
    sandbox.stripe.access.permissions.discard(permission)
    with pytest.raises(stripe.PermissionError, match=permission):
        await call(client)
