"""What an offer is worked out to is what the sandbox's Stripe then bills, invoice by invoice."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from billing.translate.subscription import subscription as translated
from domain.billing.subscription import Subscription
from domain.winback.offer import DiscountOffer, ExtendTrial, FreeMonths, Offer, OfferPhase, Pause, Restart, SwitchPlan
from domain.winback.price_offer import price_offer
from domain.winback.terms import OfferTerms
from sandbox.stripe.ledger import Json
from tests.domain.billing.subscriptions import price
from tests.domain.winback.leaving_customers import limits, pricing
from tests.lanes import examples
from tests.sandbox.stripe.billed import Books, item_id

ANYTHING = limits(percent=Decimal(100), invoices=12, second_discount=True)
CYCLES = [("month", 1), ("month", 1), ("month", 1), ("week", 1), ("month", 3), ("year", 1)]

offers: st.SearchStrategy[Offer] = st.one_of(
    st.builds(
        DiscountOffer,
        percent=st.sampled_from([Decimal("12.5"), Decimal(20), Decimal("33.3")]),
        amount=st.none(),
        invoices=st.integers(1, 3),
    ),
    st.builds(FreeMonths, months=st.integers(1, 2)),
    st.builds(Pause, months=st.integers(1, 2)),
    st.sampled_from([Restart(), ExtendTrial(days=9), SwitchPlan(price_id=None)]),
)
running = st.fixed_dictionaries(
    {"percent_off": st.sampled_from([10.0, 33.3])}, optional={"duration": st.sampled_from(["forever", "once"])}
)


class Customer:
    """Somebody with a subscription in books of their own; the same story can be told twice."""

    def __init__(self, *, day: str, cycle: tuple[str, int], amount: int, runs: list[Json], phase: OfferPhase) -> None:
        self.books = Books(f"2034-01-{day}:30")
        interval, count = cycle
        self.plan = self.books.price(amount, interval=interval, interval_count=count)
        with self.books.today() as account:
            coupons = [account.coupons.create({"duration": "forever"} | each) for each in runs]
        terms: dict[str, Any] = {"trial_end": self.books.now + 12 * 86400} if phase == "trialing" else {}
        self.subscription = self.books.subscribe((self.plan, 2), coupons=coupons, **terms)
        self.lighter = self.books.price(amount // 2 + 1, product="Light", interval=interval, interval_count=count)
        self.over = phase == "ended"
        self.billed_before = 0

    def leave(self, *, after: timedelta) -> Subscription:
        """Cancel, and be read that much later, or a moment before it ends."""
        if self.over:
            with self.books.today() as account:
                account.subscriptions.cancel(self.subscription, {})
            self.books.wait(self.books.now + int(after.total_seconds()))
            return self.read()
        self.books.update(self.subscription, cancel_at_period_end=True)
        end = min(each["current_period_end"] for each in self.subscription["items"]["data"])
        self.books.wait(min(self.books.now + int(after.total_seconds()), end - 60))
        return self.read()

    def read(self) -> Subscription:
        objects = self.books.account.ledger.objects
        expanded = [
            discount | {"source": {"type": "coupon", "coupon": objects["coupon"][discount["source"]["coupon"]]}}
            for discount in (objects["discount"][each] for each in self.subscription["discounts"])
        ]
        return translated(self.subscription | {"discounts": expanded})

    def take_up(self, terms: OfferTerms | None) -> None:
        """Have done at Stripe what the offer says; None: go on, or buy the same again, without one."""
        coupons = self._coupons(terms)
        if self.over:
            light = terms is not None and isinstance(terms.offer, SwitchPlan)
            self.subscription = self.books.subscribe((self.lighter if light else self.plan, 2), coupons=coupons)
            return
        self.billed_before = len(self.books.invoices(self.subscription))
        changes: dict[str, Any] = {"cancel_at_period_end": False}
        if coupons:
            kept = [{"discount": each} for each in self.subscription["discounts"]]
            changes["discounts"] = [*kept, *({"coupon": each["id"]} for each in coupons)]
        if terms is not None:
            changes |= self._changes(terms)
        self.books.update(self.subscription, **changes)

    def _changes(self, terms: OfferTerms) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        if isinstance(terms.offer, SwitchPlan):
            item = {"id": item_id(self.subscription), "price": self.lighter["id"], "quantity": 2}
            changes |= {"items": [item], "proration_behavior": "none"}
        if terms.restarts_at is not None:
            changes["pause_collection"] = {"behavior": "void", "resumes_at": int(terms.restarts_at.timestamp())}
        if terms.trial_ends_at is not None:
            changes |= {"trial_end": int(terms.trial_ends_at.timestamp()), "proration_behavior": "none"}
        return changes

    def _coupons(self, terms: OfferTerms | None) -> list[Json]:
        if terms is None or terms.coupon is None:
            return []
        made = {"duration": terms.coupon.duration, "percent_off": float(terms.coupon.percent_off or 0)}
        if terms.coupon.months is not None:
            made["duration_in_months"] = terms.coupon.months
        with self.books.today() as account:
            return [account.coupons.create(made)]

    def billed(self, *, until: datetime) -> list[tuple[datetime, int]]:
        """Let time pass and list what was to be paid since."""
        self.books.wait(int(until.timestamp()))
        return [
            (datetime.fromtimestamp(invoice["created"], UTC), invoice["total"])
            for invoice in self.books.invoices(self.subscription)[self.billed_before :]
            if invoice["status"] != "void"
        ]


@settings(max_examples=examples(400))
@given(
    offer=offers,
    day=st.sampled_from(["05T09", "15T09", "28T09", "29T09", "30T23", "31T00"]),
    cycle=st.sampled_from(CYCLES),
    amount=st.integers(1, 9999),
    runs=st.lists(running, max_size=2),
    phase=st.sampled_from(["pending", "trialing", "ended"]),
    after=st.integers(0, 40 * 24).map(lambda hours: timedelta(hours=hours)),
)
@example(  # the third discount is half a cent that an inexact sum would tip
    offer=DiscountOffer(percent=Decimal("12.5"), amount=None, invoices=1),
    day="05T09",
    cycle=("month", 1),
    amount=5678,
    runs=[{"percent_off": 33.3}, {"percent_off": 33.3}],
    phase="pending",
    after=timedelta(),
)
def test_it_is_billed_as_it_was_worked_out(*, offer: Offer, after: timedelta, **story: Any) -> None:
    one, other = Customer(**story), Customer(**story)
    read = one.leave(after=after)
    at = datetime.fromtimestamp(one.books.now, UTC)
    lighter = price(
        str(one.lighter["unit_amount"]),
        name=one.lighter["id"],
        every=(story["cycle"][1], story["cycle"][0]),
        product="light",
    )
    terms = price_offer(offer, pricing(read, lighter), ANYTHING, at=at)
    if not isinstance(terms, OfferTerms) or terms.later_at is None:
        return
    one.take_up(terms)
    planned = [(each.at, each.after.minor) for each in terms.invoices]
    billed = one.billed(until=terms.later_at)
    assert billed == [*planned, (terms.later_at, terms.later.minor)]
    if isinstance(offer, DiscountOffer | FreeMonths):
        other.leave(after=after)
        other.take_up(None)
        without = other.billed(until=terms.invoices[-1].at)
        assert terms.cost.minor == sum(total for _, total in without) - sum(total for _, total in billed[:-1])
