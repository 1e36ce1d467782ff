"""For any account: what passes the checks before an email is not refused by Stripe when the customer accepts it."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.billing.subscription import Price
from domain.ids import OfferId, SubscriptionId
from domain.money import Money
from domain.winback.offer import DiscountOffer, ExtendTrial, FreeMonths, Offer, Pause, Restart, SwitchPlan, kind_of
from domain.winback.price_offer import POSSIBLE_PHASES, phase_of, price_offer, unlimited
from domain.winback.refusals import unless_refused
from domain.winback.terms import ImpossibleOffer, OfferTerms, PricingContext
from flows.ports import SubscriptionReading
from flows.winback.policy.stripe_refusals import preview_refusal
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import Json
from tests.accounts.conftest import Stage
from tests.accounts.drawn import UNEVEN, Drawn, draw, let_end, set_up, shares
from tests.accounts.test_accepted import ANYTHING, LIFETIME
from tests.accounts.test_accounts import EXAMPLES

OFFERS: dict[str, Callable[[str], Offer]] = {
    "a percentage": lambda _: DiscountOffer(percent=Decimal(20), amount=None, invoices=1),
    "an odd percentage": lambda _: DiscountOffer(percent=Decimal("33.3"), amount=None, invoices=3),
    "an amount": lambda currency: DiscountOffer(
        percent=None, amount=Money(2 * UNEVEN.get(currency, 995), currency), invoices=1
    ),
    "free months": lambda _: FreeMonths(months=1),
    "a pause": lambda _: Pause(months=1),
    "a restart": lambda _: Restart(),
    "a lighter plan": lambda _: SwitchPlan(price_id=None),
    "a longer trial": lambda _: ExtendTrial(days=9),
}


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


def _coupons_deleted(account: Account, _made: Json) -> None:
    for coupon in account.ledger.all("coupon"):
        account.coupons.delete(coupon)


def _lighter_archived(account: Account, _made: Json) -> None:
    account.ledger.all("price")[-1]["active"] = False


SPOILS: dict[str, Callable[[Account, Json], None]] = {
    "archived price": _archived,
    "archived product": _product_archived,
    "by invoice": _by_invoice,
    "scheduled": _scheduled,
    "another currency": _another_currency,
    "no address": _no_address,
    "no seats": _no_seats,
    "coupons deleted": _coupons_deleted,
    "lighter plan archived": _lighter_archived,
}


@dataclass(frozen=True, kw_only=True)
class Story:
    """What is offered to whom, what somebody has changed at Stripe, and how much of the lifetime goes by."""

    drawn: Drawn
    name: str  # of the offer
    ended: bool
    spoils: frozenset[str]
    waits: float

    @property
    def kinds(self) -> Iterator[str]:
        """Name all that is special about it."""
        yield from (f"offer: {self.name}", *(f"spoilt: {each}" for each in self.spoils))
        if self.drawn.currency in UNEVEN and self.ended:
            yield "special currency at Checkout"


KINDS = frozenset(
    {"special currency at Checkout", *(f"offer: {each}" for each in OFFERS), *(f"spoilt: {each}" for each in SPOILS)}
)


def _story(chance: Random) -> Story:
    """Leave out usage and a pause that runs already, for which no offer is made; most stories have little to refuse."""
    name = chance.choice(sorted(OFFERS))
    drawn = draw(chance)
    lines = [replace(line, kind="unit") if line.kind == "metered" else line for line in drawn.lines]
    if name == "a lighter plan":
        lines = lines[:1]
    if chance.random() < 0.7:
        lines = [replace(line, interval=lines[0].interval, archived=False) for line in lines]
    drawn = replace(drawn, lines=tuple(lines), paused=None, scheduled=drawn.scheduled and chance.random() < 0.3)
    if name == "a longer trial":
        drawn = replace(drawn, trial=40, read_after=min(drawn.read_after, 30))
    possible = POSSIBLE_PHASES[kind_of(OFFERS[name](drawn.currency))]
    spoilt = chance.random() < 0.6
    return Story(
        drawn=drawn,
        name=name,
        ended="ended" in possible and chance.random() < 0.6,
        spoils=frozenset(each for each in SPOILS if spoilt and chance.random() < 0.25),
        waits=chance.random() * 0.99,
    )


@pytest.fixture(scope="module")
def ends() -> Iterator[Counter[str]]:
    """How often each story ended how, and how often each kind of thing was drawn; nothing may be rare."""
    counted = Counter[str]()
    yield counted
    stories = counted.pop("")
    sys.stdout.write("\n".join(["", f"{stories} emails", *shares(counted, stories), ""]))
    assert counted["accepted"] >= stories / 10
    for kind in KINDS:
        assert counted[kind] >= stories / 20, kind


@pytest.mark.timeout(3000)
@EXAMPLES
@given(story=st.randoms(use_true_random=True).map(_story))
async def test_no_email_goes_out_whose_offer_is_refused(stage: Stage, ends: Counter[str], story: Story) -> None:
    ends.update(["", *story.kinds])
    drawn, offer = story.drawn, OFFERS[story.name](story.drawn.currency)
    account = stage.open_account(drawn.start)
    made = set_up(drawn, account)
    if story.ended:
        account.cancel_now(made)
    else:
        let_end(drawn, account, made)
    catalog = await _lighter(stage, account, drawn)
    for each in sorted(story.spoils):
        SPOILS[each](account, made)
    reading, at = await _read(stage, made), account.clock.now()
    ends_at = None if story.ended else reading.subscription.ends_at
    until = at + LIFETIME if ends_at is None else min(at + LIFETIME, ends_at)
    offered = price_offer(offer, _pricing(reading, catalog), ANYTHING, at=at, until=until)
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
    later = _pricing(await _read(stage, made), catalog)
    terms = price_offer(checked.offer, later, unlimited(ANYTHING), at=account.clock.now())
    if not isinstance(terms, OfferTerms) or terms.is_dearer_than(checked):
        ends["set aside"] += 1
        return
    await _accept(stage, account, made, terms)
    ends.update(["accepted", f"accepted: {story.name}"])


async def _lighter(stage: Stage, account: Account, drawn: Drawn) -> tuple[Price, ...]:
    """Add a cheaper plan, and return it as the portal offers it."""
    line = drawn.lines[0]
    price = account.catalog.add_price(
        account.catalog.add_product("Lighter"),
        line.amount // 10 // 100 * 100 or 10,
        drawn.currency,
        interval=line.interval[0],
        interval_count=line.interval[1],
        tax_behavior=line.behavior,
    )
    return await stage.billing.price(price["id"])


async def _accept(stage: Stage, account: Account, made: Json, terms: OfferTerms) -> None:
    """Do what the page does: ask for the preview, then resume or go to Checkout, and pay there."""
    subscription_id = SubscriptionId(made["id"])
    if not isinstance(terms.offer, Pause | ExtendTrial):
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


def _pricing(reading: SubscriptionReading, catalog: tuple[Price, ...]) -> PricingContext:
    subscription = reading.subscription
    return PricingContext(subscription=subscription, phase=phase_of(subscription), catalog=catalog)
