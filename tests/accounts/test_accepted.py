"""For any account: what an accepted offer promises on page, email and card is what is then paid and given away."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.billing.subscription import Price
from domain.ids import OfferId, SubscriptionId
from domain.money import Money
from domain.winback.offer import (
    DiscountOffer,
    ExtendTrial,
    FreeMonths,
    Offer,
    OfferPhase,
    Pause,
    Restart,
    SwitchPlan,
    kind_of,
)
from domain.winback.offer_lifetime import CHECKOUT_OPEN_FOR
from domain.winback.price_offer import POSSIBLE_PHASES, phase_of, price_offer, unlimited
from domain.winback.refusals import unless_refused
from domain.winback.terms import OfferTerms, PricingContext
from domain.winback.true_cost import true_cost
from flows.failures import Refused
from flows.ports import InvoicePreview, SubscriptionReading
from flows.winback.policy.stripe_refusals import preview_refusal
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import Json
from storage.store import SqlStore
from tests.accounts.books import Books
from tests.accounts.conftest import Stage
from tests.accounts.drawn import UNEVEN, Drawn, let_end, set_up, shares, subscriptions
from tests.accounts.test_accounts import EXAMPLES, Interval, Steps, billed, within_two_years
from tests.domain.winback.leaving_customers import limits

ANYTHING = limits(percent=Decimal(100), invoices=12, second_discount=True)
LIFETIME = timedelta(days=14)
SECOND = timedelta(seconds=1)
AN_OFFER = OfferId(UUID(int=8))
A_YEAR = {"day": 365, "week": 52, "month": 12, "year": 1}
OFFERS: list[Callable[[str], Offer]] = [
    *[lambda _: DiscountOffer(percent=Decimal(20), amount=None, invoices=1)] * 3,
    lambda _: DiscountOffer(percent=Decimal("33.3"), amount=None, invoices=3),
    lambda currency: DiscountOffer(percent=None, amount=Money(2 * UNEVEN.get(currency, 995), currency), invoices=1),
    lambda _: FreeMonths(months=1),
    lambda _: FreeMonths(months=2),
    *[lambda _: Pause(months=1)] * 3,
    lambda _: Restart(),
    *[lambda _: SwitchPlan(price_id=None)] * 3,
    *[lambda _: ExtendTrial(days=9)] * 5,
]


@dataclass(frozen=True, kw_only=True)
class Story:
    """What is offered to whom and what happens then.

    `waits` is how much of the offer's lifetime has gone when it is accepted, `seats` how many there are by then, and
    `grows` how many there are soon after; None: as many as before.
    """

    drawn: Drawn
    offer: Offer
    ended: bool
    waits: float
    seats: int | None
    grows: int | None


def _story(drawn: Drawn, chance: Random) -> Story:
    """Let an offer mostly fit: no usage, no pause that runs already, and a subscription that Checkout sells anew."""
    ended = chance.random() < 0.3
    phase: OfferPhase = "ended" if ended else "trialing" if (drawn.trial or 0) > drawn.read_after else "pending"
    possible = [each for each in OFFERS if phase in POSSIBLE_PHASES[kind_of(each(drawn.currency))]]
    offer = chance.choice(possible)(drawn.currency)
    lines = [replace(line, kind="unit") if line.kind == "metered" else line for line in drawn.lines]
    if isinstance(offer, SwitchPlan):
        lines = lines[:1]
    if chance.random() < 0.8:
        lines = [replace(line, interval=lines[0].interval, archived=False) for line in lines]
    rarely = chance.random() < 0.3
    return Story(
        drawn=replace(
            drawn,
            lines=tuple(lines),
            paused=None,
            sent=drawn.sent and (rarely or not ended),
            scheduled=drawn.scheduled and (rarely or ended),
        ),
        offer=offer,
        ended=ended,
        waits=chance.random() * 0.99,
        seats=chance.choice([None, None, None, 1, 40, 600]),
        grows=chance.choice([None, None, 700]),
    )


@pytest.fixture(scope="module")
def ends() -> Iterator[Counter[str]]:
    """How often each story ended how."""
    counted = Counter[str]()
    yield counted
    stories = counted.pop("")
    sys.stdout.write("\n".join(["", f"{stories} offers", *shares(counted, stories), ""]))
    assert counted["accepted"] >= stories / 4
    for each in ("set aside", "checkout accepted", "growth charged", "discount accepted", "switch_plan accepted"):
        assert counted[each] >= stories / 20, each


@pytest.mark.timeout(3000)
@EXAMPLES
@given(story=st.builds(_story, subscriptions(), st.randoms(use_true_random=True)))
async def test_accepted_offers_keep_what_they_promise(
    stage: Stage, sqlite_store: SqlStore, ends: Counter[str], story: Story
) -> None:
    ends[""] += 1
    scene = await Scene.open(stage, story)
    at = scene.account.clock.now()
    read = await scene.read()
    assert read.subscription.ends_at is not None
    until = at + LIFETIME + CHECKOUT_OPEN_FOR if story.ended else min(at + LIFETIME, read.subscription.ends_at)
    approved = scene.priced(story.offer, read, until=until)
    if not isinstance(approved, OfferTerms):
        ends[f"impossible: {approved}"] += 1
        return
    refused = await preview_refusal(stage.billing, scene.subscription_id, replace(approved, coupon=None))
    if refused is not None:
        ends[f"not emailed: {refused.why}"] += 1
        return
    scene.wait((until - at) * story.waits // SECOND * SECOND)
    terms = scene.priced(approved.offer, await scene.read(), approved=True)
    if not isinstance(terms, OfferTerms):
        ends[f"no longer possible: {terms}"] += 1
        assert story.seats is not None or "archived" in terms
        return
    if terms.is_dearer_than(approved):
        ends["set aside"] += 1
        assert story.seats is not None
        return
    try:
        preview = await scene.preview(terms)
    except Refused:
        ends["refused by the page"] += 1
        assert story.seats is not None
        return
    before = await scene.read()
    await scene.accept(terms)
    ends.update(["accepted", f"{terms.way} accepted", f"{kind_of(terms.offer)} accepted"])
    books = await Books.open(
        sqlite_store,
        stage.billing,
        approved=approved,
        accepted=terms,
        before=before,
        redeemed_with=scene.subscription_id,
    )
    cost = await _grow(scene, terms, before, ends)
    held, said = await books.follow(scene.account.clock.now())
    assert held == max(terms.charge.minor, 0 if cost is None else cost.minor)
    assert ("more than was approved" in said) == (held > approved.charge.minor)
    paid = scene.paid_by(terms)
    if terms.way == "checkout" or story.grows is None:
        first = paid[0]
        assert _before_tax(first) == terms.invoices[0].after.minor
        assert preview is None or (first["amount_due"], first["created"]) == (
            preview.due.minor,
            int(preview.due_at.timestamp()),
        )
    if cost is not None and terms.coupon is not None:
        assert await scene.given(terms.coupon.id) == cost
    if story.grows is None:
        since = terms.accepted_at - SECOND  # what is bought is billed at once
        assert scene.billed_since(since) == within_two_years(terms.steps, since)
    await _compare(stage, scene, terms, paid, approved=approved.charge, cost=cost)


async def _grow(scene: "Scene", terms: OfferTerms, before: SubscriptionReading, ends: Counter[str]) -> Money | None:
    """Let seats be added, if the story has it so; return what the offer costs then, None where it stays as it is."""
    if scene.story.grows is None:
        return None
    scene.add_seats(scene.story.grows)
    given = Money(0, terms.cost.currency) if terms.coupon is None else await scene.given(terms.coupon.id)
    read = (await scene.read()).subscription
    was = before.subscription.items if terms.way == "resume" else None
    cost = true_cost(terms, read, given=given, was=was, at=scene.account.clock.now())
    ends["growth charged"] += cost.minor > terms.charge.minor
    return cost


async def _compare(
    stage: Stage, scene: "Scene", terms: OfferTerms, paid: Sequence[Json], *, approved: Money, cost: Money | None
) -> None:
    """Hold what is paid against what is paid by somebody who goes on without the offer."""
    if isinstance(terms.offer, ExtendTrial):
        return
    staying = await Scene.open(stage, replace(scene.story, offer=Restart()))
    staying.wait(scene.waited)
    unchanged = staying.priced(Restart(), await staying.read(), approved=True)
    if not isinstance(unchanged, OfferTerms):
        assert isinstance(terms.offer, SwitchPlan)
        assert "archived" in unchanged
        return
    await staying.accept(unchanged)
    if scene.story.grows is not None:
        staying.add_seats(scene.story.grows)
    theirs = {
        each["created"]: _before_tax(each) for each in staying.paid_by(replace(unchanged, later_at=terms.later_at))
    }
    mine = {each["created"]: _before_tax(each) for each in paid}
    assert all(amount <= theirs[created] for created, amount in mine.items())
    less = {created: amount - mine.get(created, 0) for created, amount in theirs.items()}
    most = max(approved.minor, 0 if cost is None else cost.minor)
    if isinstance(terms.offer, SwitchPlan):
        price = terms.price
        assert price is not None
        if cost is None:
            invoices = Fraction(A_YEAR[price.interval] * ANYTHING.give_up_months, 12 * price.interval_count)
            assert max(less.values()) * invoices <= most
    elif terms.coupon is not None or cost is None:
        assert sum(less.values()) <= most


class Scene:
    """A customer who is leaving, in an account of their own, and what the bot does for them."""

    def __init__(self, stage: Stage, story: Story, account: Account, made: Json, catalog: tuple[Price, ...]) -> None:
        self.story = story
        self.account = account
        self.waited = timedelta()
        self._stage = stage
        self._made = made  # the subscription that goes on, a new one after Checkout
        self._catalog = catalog
        self._billed = 0

    @classmethod
    async def open(cls, stage: Stage, story: Story) -> "Scene":
        """Open an account, where the customer cancels to the end of the period or at once."""
        drawn = story.drawn
        account = stage.open_account(drawn.start)
        made = set_up(drawn, account)
        if story.ended:
            account.cancel_now(made)
        else:
            let_end(drawn, account, made)
        line = drawn.lines[0]
        lighter = account.catalog.add_price(
            account.catalog.add_product("Lighter"),
            line.amount // 10 // 100 * 100 or 10,
            drawn.currency,
            interval=line.interval[0],
            interval_count=line.interval[1],
            tax_behavior=line.behavior,
        )
        return cls(stage, story, account, made, await stage.billing.price(lighter["id"]))

    @property
    def subscription_id(self) -> SubscriptionId:
        return SubscriptionId(self._made["id"])

    async def read(self) -> SubscriptionReading:
        return await self._stage.billing.read_subscription(self.subscription_id)

    def priced(
        self, offer: Offer, read: SubscriptionReading, *, until: datetime | None = None, approved: bool = False
    ) -> OfferTerms | str:
        """Return an offer's terms, or why it is not made or can no longer be kept."""
        pricing = PricingContext(
            subscription=read.subscription, phase=phase_of(read.subscription), catalog=self._catalog
        )
        within = unlimited(ANYTHING) if approved else ANYTHING
        found = price_offer(offer, pricing, within, at=self.account.clock.now(), until=until)
        terms = unless_refused(found, read.subscription, read.customer)
        return terms if isinstance(terms, OfferTerms) else terms.why

    def wait(self, by: timedelta) -> None:
        """Let time pass; then the customer changes the seats of the first item in the company's product."""
        self.account.clock.advance(by)
        self.waited = by
        if self.story.seats is not None and not self.story.ended:
            self.add_seats(self.story.seats)

    def add_seats(self, seats: int) -> None:
        """Change the quantity of the first item."""
        item = self._made["items"]["data"][0]
        scheduled, self._made["schedule"] = self._made["schedule"], None  # who leads by a schedule changes that
        changes = {"items": [{"id": item["id"], "quantity": seats}], "proration_behavior": "none"}
        self.account.subscriptions.update(self._made, changes)
        self._made["schedule"] = scheduled

    async def preview(self, terms: OfferTerms) -> InvoicePreview | None:
        """Ask for what the page shows as the first payment."""
        if terms.coupon is not None:
            await self._stage.billing.coupon(terms.coupon, idempotency_key="coupon")
        if isinstance(terms.offer, Pause | ExtendTrial):
            return None
        return await self._stage.billing.preview(self.subscription_id, terms)

    async def accept(self, terms: OfferTerms) -> None:
        """Take an offer up, on the subscription or by buying another."""
        self._billed = len(self.account.invoices.of(self._made))
        if terms.way == "resume":
            await self._stage.billing.accept(self.subscription_id, terms, idempotency_key="accept")
            return
        opened = await self._stage.billing.open_checkout(
            self.subscription_id,
            terms,
            offer_id=AN_OFFER,
            promotion_code_id=None,
            success_url="https://winback.northwind.com/thanks",
            cancel_url="https://winback.northwind.com/back",
            expires_at=self.account.clock.now() + CHECKOUT_OPEN_FOR,
            idempotency_key="accept",
        )
        session = self.account.ledger.get("checkout.session", opened.id)
        (card,) = self.account.ledger.all("payment_method", customer=self._made["customer"])
        self.account.checkout.complete(session, card)
        self._made = self.account.ledger.get("subscription", session["subscription"])
        self._billed = 0

    async def given(self, coupon_id: str) -> Money:
        """Return what an offer's coupon has taken off so far, as the bot reads it."""
        return await self._stage.billing.discount_given(
            self.subscription_id, coupon_id=coupon_id, currency=self.story.drawn.currency, since=self.story.drawn.start
        )

    def billed_since(self, at: datetime) -> dict[Interval, Steps]:
        """Let two years pass; return what was to be paid, in steps."""
        return billed(self.account, self._made, at)

    def paid_by(self, terms: OfferTerms) -> list[Json]:
        """Let time pass till the invoices of an offer have come; return those that are collected."""
        assert terms.later_at is not None
        self.account.clock.advance(terms.later_at - self.account.clock.now() + timedelta(hours=2))
        return [each for each in self.account.invoices.of(self._made)[self._billed :] if each["status"] != "void"]


def _before_tax(invoice: Json) -> int:
    """Return what an invoice comes to before tax that is put on top."""
    on_top = [each["amount"] for each in invoice["total_taxes"] or () if each["tax_behavior"] == "exclusive"]
    return int(invoice["total"]) - int(sum(on_top))
