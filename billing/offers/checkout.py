"""Checkout sessions, in which a customer whose subscription has ended subscribes again on an offer's terms."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from billing.client import Part
from billing.offers.coupons import OFFER
from billing.offers.resubscription import Line, Resubscription, resubscription
from domain.ids import OfferId, SessionId, SubscriptionId
from domain.winback.terms import OfferTerms
from flows.failures import Refused
from flows.ports import CheckoutSession

if TYPE_CHECKING:
    from stripe.params.checkout import (
        SessionCreateParams,
        SessionCreateParamsLineItem,
        SessionCreateParamsSubscriptionData,
    )
from billing.translate import Json, identifier, moment


def session(found: Json) -> CheckoutSession:
    """Translate a session; its subscription is there once it is complete."""
    bought = identifier(found.get("subscription"))
    return CheckoutSession(
        id=found["id"],
        status=found["status"],
        url=found.get("url"),
        expires_at=moment(found["expires_at"]),
        subscription_id=None if bought is None else SubscriptionId(bought),
    )


class CheckoutSessions(Part):
    """Checkout sessions, for the port `OfferBilling`."""

    async def open_checkout(
        self,
        subscription_id: SubscriptionId,
        terms: OfferTerms,
        *,
        offer_id: OfferId,
        promotion_code_id: str | None,
        success_url: str,
        cancel_url: str,
        expires_at: datetime,
        idempotency_key: str,
    ) -> CheckoutSession:
        new = await resubscription(self._client, subscription_id, terms)
        mark = {OFFER: str(offer_id)}
        asked: SessionCreateParams = {
            "mode": "subscription",
            "customer": new.customer_id,
            "currency": new.currency,
            "line_items": [_item(line) for line in new.lines],
            "client_reference_id": str(offer_id),
            "metadata": mark,
            "subscription_data": _about(new, mark),
            "success_url": success_url,
            "cancel_url": cancel_url,
            "expires_at": int(expires_at.timestamp()),
        }
        if promotion_code_id is not None:
            asked["discounts"] = [{"promotion_code": promotion_code_id}]
        elif terms.coupon is not None:
            asked["discounts"] = [{"coupon": terms.coupon.id}]
        if new.automatic_tax:
            asked["automatic_tax"] = {"enabled": True}
        if new.needs_address:  # Checkout asks for it then, and keeps it for the customer
            asked["customer_update"] = {"address": "auto"}
        async with self._client.writing("open a Checkout session"):
            made = await self._client.v1.checkout.sessions.create_async(
                asked, {"idempotency_key": idempotency_key, "max_network_retries": 0}
            )
        return session(made.to_dict())

    async def read_checkout(self, session_id: SessionId) -> CheckoutSession:
        async with self._client.reading("read a Checkout session"):
            found = await self._client.v1.checkout.sessions.retrieve_async(session_id)
        return session(found.to_dict())

    async def expire_checkout(self, session_id: SessionId) -> CheckoutSession:
        try:
            async with self._client.writing("expire a Checkout session"):
                closed = await self._client.v1.checkout.sessions.expire_async(
                    session_id, {}, {"max_network_retries": 0}
                )
        except Refused:
            found = await self.read_checkout(session_id)
            if found.status == "open":
                raise
            return found
        return session(closed.to_dict())


def _about(new: Resubscription, mark: Mapping[str, str]) -> "SessionCreateParamsSubscriptionData":
    """Return what the new subscription is to hold: all that the ended one held, and the offer's id."""
    about: SessionCreateParamsSubscriptionData = {"metadata": {**new.metadata, **mark}}
    if new.tax_rates:
        about["default_tax_rates"] = list(new.tax_rates)
    if new.description is not None:
        about["description"] = new.description
    if new.connect is None:
        return about
    if new.connect.destination is not None:
        about["transfer_data"] = {"destination": new.connect.destination}
    if new.connect.destination_percent is not None:
        about["transfer_data"]["amount_percent"] = float(new.connect.destination_percent)
    if new.connect.on_behalf_of is not None:
        about["on_behalf_of"] = new.connect.on_behalf_of
    if new.connect.application_fee_percent is not None:
        about["application_fee_percent"] = float(new.connect.application_fee_percent)
    return about


def _item(line: Line) -> "SessionCreateParamsLineItem":
    item: SessionCreateParamsLineItem = {"price": line.price_id}
    if line.quantity is not None:
        item["quantity"] = line.quantity
    if line.tax_rates:
        item["tax_rates"] = list(line.tax_rates)
    return item
