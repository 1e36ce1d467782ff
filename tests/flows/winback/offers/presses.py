"""What a customer does on an offer's page, what becomes of their subscription, and what was sent and reserved."""

from typing import Any

from domain.winback.proposal import OfferRow
from flows.winback.offers.answers import OfferPage
from flows.winback.policy.budgets import month_scope
from sandbox.stripe.ledger import Json
from tests.flows.winback.offers.flows import POLICY
from tests.flows.winback.offers.winback import Winback


async def page(winback: Winback, offer: OfferRow) -> OfferPage:
    looked = await winback.offers.acceptance.look(winback.token(offer), now=winback.now())
    assert isinstance(looked, OfferPage), looked
    return looked


async def accept(winback: Winback, offer: OfferRow) -> Any:
    """Open the page and press its button."""
    shown = await page(winback, offer)
    return await winback.offers.acceptance.accept(winback.token(offer), agreed=shown.agreed, now=winback.now())


def pending(subscription: Json) -> bool:
    return subscription["cancel_at"] is not None or subscription["cancel_at_period_end"]


def coupons_of(winback: Winback, subscription: Json) -> list[str]:
    discounts = [winback.account.ledger.get("discount", each) for each in subscription["discounts"]]
    return [each["source"]["coupon"] for each in discounts]


def posts(winback: Winback) -> list[str]:
    """Keep, from now on, what is asked to be changed at Stripe."""
    asked: list[str] = []
    winback.account.observers.append(
        lambda exchange: (
            asked.append(exchange.route)
            if exchange.method == "POST" and not exchange.route.endswith("create_preview")
            else None
        )
    )
    return asked


def calls(winback: Winback) -> list[str]:
    """Keep, from now on, what Stripe is asked, as "GET /v1/subscriptions/{id}"."""
    asked: list[str] = []
    winback.account.observers.append(lambda exchange: asked.append(f"{exchange.method} {exchange.route}"))
    return asked


async def reserved(winback: Winback) -> int:
    return await winback.spent(month_scope(POLICY, winback.now()))


def codes_of(winback: Winback, subscription: Json) -> list[Json]:
    return winback.account.ledger.all("promotion_code", customer=subscription["customer"])


async def nothing_was_sent(winback: Winback, offer: OfferRow, state: str, why: str) -> None:
    offer = await winback.offer(offer)
    assert (offer.state, offer.why, offer.reserved) == (state, why, ())
    assert winback.post.emails == []
    assert await reserved(winback) == 0
    async with winback.store.read() as unit:
        assert await unit.budgets.earlier(offer.person_id, apart_from=None) == []
