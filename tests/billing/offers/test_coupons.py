"""Coupons and promotion codes of offers: found if they exist, created if they are missing, never created twice."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from billing.stripe_billing import StripeBilling
from domain.ids import CustomerId, OfferId
from domain.money import Money
from domain.winback.terms import CouponTerms
from flows.failures import Refused, Unavailable, Unclear
from flows.ports import PromotionCode
from sandbox.server import Sandbox
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import Json
from tests.billing.offers.terms import OFFER, coupon


@pytest.mark.parametrize(
    ("terms", "made"),
    [
        (coupon("20"), {"percent_off": 20, "duration": "repeating", "duration_in_months": 3}),
        (coupon("12.5", months=None), {"percent_off": 12.5, "duration": "once", "duration_in_months": None}),
        (coupon("100", months=2), {"percent_off": 100, "duration": "repeating", "duration_in_months": 2}),
        (
            coupon(None, amount=Money(500, "eur"), months=None),
            {"amount_off": 500, "currency": "eur", "percent_off": None, "duration": "once"},
        ),
        (coupon(None, amount=Money(5000, "jpy")), {"amount_off": 5000, "currency": "jpy", "duration_in_months": 3}),
    ],
)
async def test_coupon_is_created_once(
    terms: CouponTerms, made: Json, offer_billing: StripeBilling, account: Account
) -> None:
    account.ledger.objects["coupon"].pop(terms.id, None)
    before = len(account.ledger.all("coupon"))
    await offer_billing.coupon(terms, idempotency_key=f"{terms.id}:1")
    await offer_billing.coupon(terms, idempotency_key=f"{terms.id}:2")
    assert len(account.ledger.all("coupon")) == before + 1
    found = account.ledger.get("coupon", terms.id)
    assert {name: found[name] for name in made} == made
    assert terms.id not in found["name"], "invoices show the name to customers"


OTHERS: list[dict[str, Any]] = [
    {"percent_off": 25, "duration": "repeating", "duration_in_months": 3},
    {"amount_off": 20, "currency": "eur", "duration": "repeating", "duration_in_months": 3},
    {"percent_off": 20, "duration": "forever"},
    {"percent_off": 20, "duration": "repeating", "duration_in_months": 4},
    {"percent_off": 20, "duration": "repeating", "duration_in_months": 3, "max_redemptions": 5},
]


@pytest.mark.parametrize("others", OTHERS)
async def test_coupon_with_other_terms_is_refused(
    others: dict[str, Any], offer_billing: StripeBilling, account: Account
) -> None:
    terms = coupon("20")
    account.ledger.objects["coupon"].pop(terms.id, None)
    account.catalog.add_coupon(terms.id, **others)
    with pytest.raises(Refused) as refused:
        await offer_billing.coupon(terms, idempotency_key="other")
    assert (refused.value.fault, refused.value.code) == ("request", "coupon_differs")
    assert terms.id in refused.value.why


async def test_two_at_once_create_one_coupon(offer_billing: StripeBilling, account: Account, sandbox: Sandbox) -> None:
    terms = coupon("30", months=None)
    held = sandbox.faults.add("stripe", "/v1/coupons", "hold", method="POST")
    first = asyncio.create_task(offer_billing.coupon(terms, idempotency_key="first"))
    await held.reached()
    await offer_billing.coupon(terms, idempotency_key="second")
    held.release()
    await first
    assert account.ledger.get("coupon", terms.id)["percent_off"] == 30


async def test_lost_coupon_is_found_again(offer_billing: StripeBilling, account: Account, sandbox: Sandbox) -> None:
    terms = coupon("40")
    sandbox.faults.add("stripe", "/v1/coupons", "drop_after", method="POST")
    with pytest.raises(Unclear):
        await offer_billing.coupon(terms, idempotency_key="lost")
    await offer_billing.coupon(terms, idempotency_key="lost")
    assert account.ledger.get("coupon", terms.id)


@pytest.fixture
async def customer(offer_billing: StripeBilling, account: Account) -> CustomerId:
    await offer_billing.coupon(coupon("20", months=None), idempotency_key=account.ledger.new_id("request"))
    return CustomerId(account.create_customer(email="dana@acme-mail.com")["id"])


async def code_for(
    offer_billing: StripeBilling,
    sandbox: Sandbox,
    customer: CustomerId,
    code: str,
    *,
    offer_id: OfferId = OFFER,
    key: str,
) -> PromotionCode:
    return await offer_billing.promotion_code(
        coupon_id=coupon("20", months=None).id,
        customer_id=customer,
        code=code,
        offer_id=offer_id,
        expires_at=sandbox.clock.now() + timedelta(days=14),
        idempotency_key=f"{customer}:{key}",
    )


async def test_code_is_for_one_customer_and_one_use(
    offer_billing: StripeBilling, sandbox: Sandbox, account: Account, customer: CustomerId
) -> None:
    made = await code_for(offer_billing, sandbox, customer, "BACK-7KQM", key="1")
    assert made.code == "BACK-7KQM"
    found = account.ledger.get("promotion_code", made.id)
    assert (found["customer"], found["max_redemptions"]) == (customer, 1)
    assert found["expires_at"] == account.ledger.now + timedelta(days=14).total_seconds()
    assert found["promotion"] == {"type": "coupon", "coupon": coupon("20", months=None).id}
    assert found["metadata"] == {"winback_offer": str(OFFER)}


async def test_code_of_an_offer_is_found_again(
    offer_billing: StripeBilling, sandbox: Sandbox, account: Account, customer: CustomerId
) -> None:
    other = await code_for(offer_billing, sandbox, customer, "BACK-OTHER", offer_id=OfferId(UUID(int=7)), key="0")
    sandbox.faults.add("stripe", "/v1/promotion_codes", "drop_after", method="POST")
    with pytest.raises(Unclear):
        await code_for(offer_billing, sandbox, customer, "BACK-9999", key="1")
    made = await code_for(offer_billing, sandbox, customer, "BACK-8888", key="2")
    assert made.code == "BACK-9999"
    assert made != other
    assert len(account.ledger.all("promotion_code", customer=customer)) == 2


async def test_a_code_that_reads_like_another_is_taken(
    offer_billing: StripeBilling, sandbox: Sandbox, account: Account, customer: CustomerId
) -> None:
    account.catalog.add_coupon(f"shop-{customer}", percent_off=5)
    shop = {"promotion": {"type": "coupon", "coupon": f"shop-{customer}"}, "code": "BACK-SHOP"}
    account.promotion_codes.create(shop)
    with pytest.raises(Refused) as refused:
        await code_for(offer_billing, sandbox, customer, "back-shop", key="1")
    assert (refused.value.fault, refused.value.code) == ("request", "code_taken")
    assert (await code_for(offer_billing, sandbox, customer, "BACK-FREE", key="2")).code == "BACK-FREE"
    account.ledger.objects["promotion_code"].clear()


async def test_other_refusal_keeps_stripes_code(
    offer_billing: StripeBilling, sandbox: Sandbox, account: Account
) -> None:
    with pytest.raises(Refused) as refused:
        await code_for(offer_billing, sandbox, CustomerId("cus_nobody"), "BACK-NOBODY", key="1")
    assert refused.value.code == "resource_missing"


async def test_missing_permission_is_a_bad_credential(offer_billing: StripeBilling, account: Account) -> None:
    account.access.permissions.remove("rak_coupon_write")
    try:
        with pytest.raises(Refused) as refused:
            await offer_billing.coupon(coupon("11"), idempotency_key="forbidden")
    finally:
        account.access.permissions.add("rak_coupon_write")
    assert (refused.value.fault, refused.value.code) == ("credential", "rak_coupon_write")


async def test_stripe_out_of_reach_is_no_missing_coupon(
    offer_billing: StripeBilling, account: Account, sandbox: Sandbox
) -> None:
    sandbox.faults.add("stripe", "/v1/coupons/*", "status", times=None, status=503)
    with pytest.raises(Unavailable):
        await offer_billing.coupon(coupon("13"), idempotency_key="away")
    assert coupon("13").id not in account.ledger.objects["coupon"]
