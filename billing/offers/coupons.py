"""Coupons and promotion codes for offers: each is looked up first, and created where it is missing."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from billing.catalog import read_coupon
from billing.client import Client, Part
from billing.translate import Json
from domain.ids import CustomerId, OfferId
from domain.winback.terms import CouponTerms
from flows.failures import Refused
from flows.ports import PromotionCode

if TYPE_CHECKING:
    from stripe.params import CouponCreateParams

OFFER = "winback_offer"
"""The metadata key that marks what was created for an offer."""

NAME = "Your offer"
"""What invoices and Checkout call the discount: without a name they show the coupon's id (Stripe: Create a coupon)."""


class Coupons(Part):
    """Coupons and codes, for the port `OfferBilling`."""

    async def coupon(self, terms: CouponTerms, *, idempotency_key: str) -> None:
        found = await read_coupon(self._client, terms.id)
        if found is None:
            try:
                async with self._client.writing("make a coupon"):
                    made = await self._client.v1.coupons.create_async(
                        _asked(terms), {"idempotency_key": idempotency_key, "max_network_retries": 0}
                    )
                found = made.to_dict()
            except Refused as refusal:
                if refusal.code != "resource_already_exists":
                    raise
                found = await read_coupon(self._client, terms.id)  # another was quicker
        if found is None or not _has(found, terms):
            raise Refused(
                f"The coupon {terms.id} exists at Stripe with other terms than the offer's: delete it there (who "
                "has it keeps the discount), and it is created again.",
                fault="request",
                code="coupon_differs",
            )

    async def promotion_code(
        self,
        *,
        coupon_id: str,
        customer_id: CustomerId,
        code: str,
        offer_id: OfferId,
        expires_at: datetime,
        idempotency_key: str,
    ) -> PromotionCode:
        async with self._client.reading("list a customer's promotion codes"):
            listed = await self._client.v1.promotion_codes.list_async(
                {"coupon": coupon_id, "customer": customer_id, "limit": 100}
            )
            async for each in listed.auto_paging_iter():
                if each.to_dict()["metadata"].get(OFFER) == str(offer_id):
                    return PromotionCode(id=each.id, code=each.code)
        try:
            async with self._client.writing("make a promotion code"):
                made = await self._client.v1.promotion_codes.create_async(
                    {
                        "promotion": {"type": "coupon", "coupon": coupon_id},
                        "customer": customer_id,
                        "code": code,
                        "max_redemptions": 1,
                        "expires_at": int(expires_at.timestamp()),
                        "metadata": {OFFER: str(offer_id)},
                    },
                    {"idempotency_key": idempotency_key, "max_network_retries": 0},
                )
        except Refused as refusal:
            if refusal.fault == "request" and await _is_taken(self._client, code):  # Stripe gives that refusal no code
                raise Refused(
                    "The promotion code is somebody else's already.", fault="request", code="code_taken"
                ) from None
            raise
        return PromotionCode(id=made.id, code=made.code)

    async def close_promotion_code(self, promotion_code_id: str) -> None:
        """Switch a promotion code off; one that is off already stays so."""
        async with self._client.writing("switch a promotion code off"):
            await self._client.v1.promotion_codes.update_async(
                promotion_code_id, {"active": False}, {"max_network_retries": 0}
            )


def _asked(terms: CouponTerms) -> "CouponCreateParams":
    asked: CouponCreateParams = {"id": terms.id, "name": NAME, "duration": terms.duration}
    if terms.percent_off is not None:
        asked["percent_off"] = float(terms.percent_off)  # the SDK's type; the shortest digits that mean it are sent
    if terms.amount_off is not None:
        asked["amount_off"] = terms.amount_off.minor
        asked["currency"] = terms.amount_off.currency
    if terms.months is not None:
        asked["duration_in_months"] = terms.months
    return asked


def _has(found: Json, terms: CouponTerms) -> bool:
    """Return whether a coupon gives exactly these terms, to everybody and for any product."""
    percent, amount = found.get("percent_off"), terms.amount_off
    return (
        (None if percent is None else Decimal(str(percent))) == terms.percent_off
        and found.get("amount_off") == (amount and amount.minor)
        and found.get("currency") == (amount and amount.currency)
        and found["duration"] == terms.duration
        and found.get("duration_in_months") == terms.months
        and found["valid"]
        and not any(found.get(limit) for limit in ("applies_to", "max_redemptions", "redeem_by"))
    )


async def _is_taken(client: Client, code: str) -> bool:
    async with client.reading("look for a promotion code"):
        return bool((await client.v1.promotion_codes.list_async({"code": code, "active": True, "limit": 1})).data)
