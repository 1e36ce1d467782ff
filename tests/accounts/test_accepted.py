"""For any account: what an offer costs at most holds, the first payment is the invoice, and nobody pays more for it."""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.billing.subscription import Subscription
from domain.ids import SubscriptionId
from domain.money import Money
from domain.winback.offer import DiscountOffer, FreeMonths, Offer, Pause, Restart
from domain.winback.price_offer import phase_of, price_offer, unlimited
from domain.winback.terms import OfferTerms, PricingContext
from flows.failures import Refused
from flows.ports import InvoicePreview
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import Json
from tests.accounts.conftest import Stage
from tests.accounts.drawn import Drawn, set_up, shares, subscriptions
from tests.accounts.test_accounts import EXAMPLES
from tests.domain.winback.leaving_customers import limits

ANYTHING = limits(percent=Decimal(100), invoices=12, second_discount=True)
LIFETIME = timedelta(days=14)
OFFERS: list[Offer] = [
    *[DiscountOffer(percent=Decimal(20), amount=None, invoices=1)] * 5,
    DiscountOffer(percent=Decimal("33.3"), amount=None, invoices=3),
    FreeMonths(months=1),
    FreeMonths(months=2),
    Pause(months=1),
    Restart(),
]


@dataclass(frozen=True, kw_only=True)
class Story:
    """What is offered, how much of the offer's lifetime has gone when it is accepted, and how many seats there are."""

    offer: Offer
    waits: float
    seats: int | None  # None: as many as before


@pytest.fixture(scope="module")
def ends() -> Iterator[Counter[str]]:
    """How often each story ended how."""
    counted = Counter[str]()
    yield counted
    sys.stdout.write("\n".join(["", *shares(counted, counted.total()), ""]))
    assert counted["accepted"] >= counted.total() / 4
    assert counted["set aside"] >= counted.total() / 20


def _licensed(drawn: Drawn) -> Drawn:
    """Leave out usage and a pause that runs already, for which no offer is made, and the customer's own discount."""
    lines = tuple(replace(line, kind="unit") if line.kind == "metered" else line for line in drawn.lines)
    return replace(drawn, lines=lines, paused=None, customers=None)


@EXAMPLES
@given(
    drawn=subscriptions().map(_licensed),
    story=st.builds(
        Story, offer=st.sampled_from(OFFERS), waits=st.floats(0, 0.99), seats=st.sampled_from([None, None, 1, 40, 600])
    ),
)
async def test_accepted_offers_keep_what_they_promise(
    stage: Stage, ends: Counter[str], drawn: Drawn, story: Story
) -> None:
    account, made = leaving(stage, drawn)
    read = await _read(stage, made)
    at = account.clock.now()
    assert read.ends_at is not None
    until = min(at + LIFETIME, read.ends_at)
    approved = price_offer(story.offer, _pricing(read), ANYTHING, at=at, until=until)
    if not isinstance(approved, OfferTerms):
        ends[f"impossible: {approved.why}"] += 1
        return
    passes = (until - at) * story.waits
    time_passes(account, made, passes, story.seats)
    terms = price_offer(story.offer, _pricing(await _read(stage, made)), unlimited(ANYTHING), at=account.clock.now())
    if not isinstance(terms, OfferTerms):
        ends["no longer possible"] += 1
        return
    if terms.is_dearer_than(approved):
        ends["set aside"] += 1
        assert story.seats is not None
        return
    try:
        preview, paid = await accepted(stage, account, made, terms)
    except Refused as refused:
        ends[f"refused: {refused.code}"] += 1
        return
    ends["accepted"] += 1
    if preview is not None:
        first = paid[0]
        assert (first["amount_due"], first["created"]) == (preview.due.minor, int(preview.due_at.timestamp()))
        assert _before_tax(first) == terms.invoices[0].after.minor
    staying_account, staying = leaving(stage, drawn)
    time_passes(staying_account, staying, passes, story.seats)
    going_on = price_offer(
        Restart(), _pricing(await _read(stage, staying)), unlimited(ANYTHING), at=staying_account.clock.now()
    )
    assert isinstance(going_on, OfferTerms)
    _, stayed = await accepted(stage, staying_account, staying, replace(going_on, later_at=terms.later_at))
    theirs = {each["created"]: _before_tax(each) for each in stayed}
    mine = {each["created"]: _before_tax(each) for each in paid}
    assert all(amount <= theirs[created] for created, amount in mine.items())
    given_away = Money(sum(theirs.values()) - sum(mine.values()), approved.cost.currency)
    assert given_away.minor <= approved.charge.minor


def leaving(stage: Stage, drawn: Drawn) -> tuple[Account, Json]:
    """Open the account again, where the customer cancels to the end of the period."""
    account = stage.open_account(drawn.start)
    made = set_up(drawn, account)
    account.subscriptions.update(made, {"cancel_at_period_end": True})
    return account, made


def time_passes(account: Account, made: Json, by: timedelta, seats: int | None) -> None:
    """Let time pass; then the customer changes the seats of the first item in the company's product."""
    account.clock.advance(by)
    if seats is not None:
        item = made["items"]["data"][0]
        changes = {"items": [{"id": item["id"], "quantity": seats}], "proration_behavior": "none"}
        account.subscriptions.update(made, changes)


async def accepted(
    stage: Stage, account: Account, made: Json, terms: OfferTerms
) -> tuple[InvoicePreview | None, list[Json]]:
    """Preview, accept, and let time pass till the offer's invoices have come; return those that are collected."""
    subscription_id = SubscriptionId(made["id"])
    billed = len(account.invoices.of(made))
    if terms.coupon is not None:
        await stage.billing.coupon(terms.coupon, idempotency_key="coupon")
    preview = None if isinstance(terms.offer, Pause) else await stage.billing.preview(subscription_id, terms)
    await stage.billing.accept(subscription_id, terms, idempotency_key="accept")
    assert terms.later_at is not None
    account.clock.advance(terms.later_at - account.clock.now() + timedelta(hours=2))
    return preview, [each for each in account.invoices.of(made)[billed:] if each["status"] != "void"]


async def _read(stage: Stage, made: Json) -> Subscription:
    return (await stage.billing.read_subscription(SubscriptionId(made["id"]))).subscription


def _pricing(read: Subscription) -> PricingContext:
    return PricingContext(subscription=read, phase=phase_of(read), catalog=())


def _before_tax(invoice: Json) -> int:
    """Return what an invoice comes to before tax that is put on top."""
    on_top = [each["amount"] for each in invoice["total_taxes"] or () if each["tax_behavior"] == "exclusive"]
    return int(invoice["total"]) - int(sum(on_top))
