"""For any account: what passes the checks before an email is not refused by Stripe when the customer accepts it."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import OfferId, SubscriptionId
from domain.winback.offer import DiscountOffer, FreeMonths, Offer, Pause, Restart
from domain.winback.price_offer import phase_of, price_offer, unlimited
from domain.winback.refusals import unless_refused
from domain.winback.terms import ImpossibleOffer, OfferTerms, PricingContext
from flows.ports import SubscriptionReading
from flows.winback.policy.stripe_refusals import preview_refusal
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import Json
from tests.accounts.conftest import Stage
from tests.accounts.drawn import Drawn, let_end, set_up, shares, subscriptions
from tests.accounts.test_accepted import ANYTHING, LIFETIME
from tests.accounts.test_accounts import EXAMPLES

ONCE: Offer = DiscountOffer(percent=Decimal(20), amount=None, invoices=1)
AS_BEFORE: Offer = Restart()
OFFERS: list[tuple[Offer, bool]] = [  # and whether the subscription has ended
    *[(ONCE, False), (ONCE, True), (AS_BEFORE, False), (AS_BEFORE, True)] * 2,
    (DiscountOffer(percent=Decimal("33.3"), amount=None, invoices=3), False),
    (FreeMonths(months=1), True),
    (Pause(months=1), False),
]


def _archived(account: Account, made: Json) -> None:
    made["items"]["data"][0]["price"]["active"] = False


def _product_archived(account: Account, made: Json) -> None:
    account.ledger.get("product", made["items"]["data"][0]["price"]["product"])["active"] = False


def _by_invoice(account: Account, made: Json) -> None:
    made |= {"collection_method": "send_invoice", "days_until_due": 30}


def _scheduled(account: Account, made: Json) -> None:
    if made["ended_at"] is None:
        account.schedule(made)


def _another_currency(account: Account, made: Json) -> None:
    account.ledger.get("customer", made["customer"])["currency"] = "chf"


def _no_address(account: Account, made: Json) -> None:
    account.ledger.get("customer", made["customer"])["address"] = None


def _no_seats(account: Account, made: Json) -> None:
    if made["items"]["data"][0]["price"]["recurring"]["usage_type"] == "licensed":
        made["items"]["data"][0]["quantity"] = 0


SPOILS: dict[str, Callable[[Account, Json], None]] = {
    "archived price": _archived,
    "archived product": _product_archived,
    "by invoice": _by_invoice,
    "scheduled": _scheduled,
    "another currency": _another_currency,
    "no address": _no_address,
    "no seats": _no_seats,
}


@dataclass(frozen=True, kw_only=True)
class Story:
    """What is offered to whom, what somebody has changed at Stripe, and how much of the lifetime goes by."""

    offer: tuple[Offer, bool]
    spoil: str | None
    waits: float


@pytest.fixture(scope="module")
def ends() -> Iterator[Counter[str]]:
    """How often each story ended how."""
    counted = Counter[str]()
    yield counted
    sys.stdout.write("\n".join(["", *shares(counted, counted.total()), ""]))
    assert counted["accepted"] >= counted.total() / 10


def _offerable(drawn: Drawn) -> Drawn:
    """Leave out usage and a pause that runs already, for which no offer is made."""
    lines = tuple(replace(line, kind="unit") if line.kind == "metered" else line for line in drawn.lines)
    return replace(drawn, lines=lines, paused=None)


@EXAMPLES
@given(
    drawn=subscriptions().map(_offerable),
    story=st.builds(
        Story,
        offer=st.sampled_from(OFFERS),
        spoil=st.sampled_from([None] * 14 + list(SPOILS)),
        waits=st.floats(0, 0.99),
    ),
)
async def test_no_email_goes_out_whose_offer_is_refused(
    stage: Stage, ends: Counter[str], drawn: Drawn, story: Story
) -> None:
    account = stage.open_account(drawn.start)
    made = set_up(drawn, account)
    offer, ended = story.offer
    if ended:
        account.cancel_now(made)
    else:
        let_end(drawn, account, made)
    if story.spoil is not None:
        SPOILS[story.spoil](account, made)
    reading, at = await _read(stage, made), account.clock.now()
    ends_at = None if ended else reading.subscription.ends_at
    until = at + LIFETIME if ends_at is None else min(at + LIFETIME, ends_at)
    offered = price_offer(offer, _pricing(reading), ANYTHING, at=at, until=until)
    checked = unless_refused(offered, reading.subscription, reading.customer)
    if isinstance(checked, ImpossibleOffer):
        ends[f"not offered: {checked.why}"] += 1
        return
    if checked.coupon is not None:
        await stage.billing.coupon(checked.coupon, idempotency_key="coupon")
    refused = await preview_refusal(stage.billing, reading.subscription.id, checked)
    if refused is not None:
        ends[f"refused by the preview: {refused.why}"] += 1
        return
    account.clock.advance((until - at) * story.waits)  # the email is out
    terms = price_offer(offer, _pricing(await _read(stage, made)), unlimited(ANYTHING), at=account.clock.now())
    if not isinstance(terms, OfferTerms) or terms.is_dearer_than(checked):
        ends["set aside"] += 1
        return
    await _accept(stage, account, made, terms)
    ends["accepted"] += 1


async def _accept(stage: Stage, account: Account, made: Json, terms: OfferTerms) -> None:
    """Do what the page does: ask for the preview, then resume or go to Checkout, and pay there."""
    subscription_id = SubscriptionId(made["id"])
    if not isinstance(terms.offer, Pause):
        await stage.billing.preview(subscription_id, terms)
    if terms.way == "resume":
        await stage.billing.accept(subscription_id, terms, idempotency_key="accept")
        return
    session = await stage.billing.open_checkout(
        subscription_id,
        terms,
        offer_id=OfferId(UUID(int=1)),
        promotion_code_id=None,
        success_url="https://acme.com/o",
        cancel_url="https://acme.com/o",
        expires_at=account.clock.now() + timedelta(hours=1),
        idempotency_key="checkout",
    )
    assert session.status == "open"


async def _read(stage: Stage, made: Json) -> SubscriptionReading:
    return await stage.billing.read_subscription(SubscriptionId(made["id"]))


def _pricing(reading: SubscriptionReading) -> PricingContext:
    return PricingContext(subscription=reading.subscription, phase=phase_of(reading.subscription), catalog=())
