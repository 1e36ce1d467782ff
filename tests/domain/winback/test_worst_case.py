"""What an offer costs at most holds on every day on which it can be accepted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.billing.subscription import Subscription
from domain.money import Money
from domain.winback.decide import accepted_by, check_offer
from domain.winback.offer import DiscountOffer, FreeMonths, Offer, Pause, SwitchPlan
from domain.winback.price_offer import price_offer, unlimited
from domain.winback.terms import OfferTerms
from tests.domain.billing.subscriptions import discount, item, price, subscription
from tests.domain.winback.leaving_customers import DAY, history, limits, policy, pricing, snapshot
from tests.domain.winback.strategies import CATALOG, offers, subscriptions
from tests.lanes import examples

ANYTHING = limits(percent=Decimal(100), invoices=12, second_discount=True)
TWENTY = DiscountOffer(percent=Decimal(20), amount=None, invoices=1)
NOVEMBER = datetime(2026, 11, 30, 10, tzinfo=UTC)


def most(offer: Offer, of: Subscription, *, at: datetime, until: datetime) -> OfferTerms:
    terms = price_offer(offer, pricing(of, *CATALOG), ANYTHING, at=at, until=until)
    assert isinstance(terms, OfferTerms)
    return terms


def ended(every: tuple[int, str], unit: str = "4900") -> Subscription:
    what = item(price(unit, every=every), until=NOVEMBER)
    return subscription(what, status="canceled", ended_at=NOVEMBER - DAY, anchor_at=NOVEMBER)


@pytest.mark.parametrize(
    ("every", "at", "invoices"),
    [
        ((1, "week"), NOVEMBER, 5),
        ((2, "week"), NOVEMBER, 3),
        ((1, "week"), datetime(2027, 2, 1, 10, tzinfo=UTC), 4),  # every day of it in a February of 28 days
        ((1, "day"), NOVEMBER, 31),
    ],
)
def test_a_free_month_is_counted_on_its_dearest_day(every: tuple[int, str], at: datetime, invoices: int) -> None:
    terms = most(FreeMonths(months=1), ended(every), at=at, until=at + 14 * DAY)
    assert (terms.cost, terms.most_invoices) == (Money(invoices * 4900, "eur"), invoices)


@pytest.mark.parametrize("day", [29, 30, 31])
def test_the_last_days_of_a_month_are_tried(day: int) -> None:
    anchor = datetime(2026, 12, day, 10, tzinfo=UTC)
    of = subscription(item(price(), until=anchor), cancel_at=anchor + 90 * DAY, anchor_at=anchor)
    offer = DiscountOffer(percent=Decimal(20), amount=None, invoices=3)
    at, until = anchor - 5 * DAY, anchor + 70 * DAY
    worst = max(
        each.cost.minor
        for hours in range(0, 75 * 24, 5)
        if isinstance(each := price_offer(offer, pricing(of), ANYTHING, at=at + timedelta(hours=hours)), OfferTerms)
    )
    assert most(offer, of, at=at, until=until).cost.minor >= worst


def test_a_discount_that_runs_out_makes_it_dearer() -> None:
    end = datetime(2026, 12, 9, 10, tzinfo=UTC)
    runs = discount(percent="50", duration="repeating", ends_at=end)
    weekly = item(price(every=(1, "week")), until=datetime(2026, 12, 7, 10, tzinfo=UTC))
    of = subscription(weekly, discounts=(runs,), cancel_at=end + 9 * DAY, anchor_at=NOVEMBER)
    offer = DiscountOffer(percent=Decimal(20), amount=None, invoices=1)
    assert most(offer, of, at=NOVEMBER, until=NOVEMBER).cost == Money(490, "eur")
    assert most(offer, of, at=NOVEMBER, until=end + 8 * DAY).cost == Money(980, "eur")


def test_a_discount_for_one_invoice_is_used_up_by_it() -> None:
    first = datetime(2026, 12, 3, 10, tzinfo=UTC)
    weekly = item(price(every=(1, "week")), until=first)
    half = discount(percent="50", duration="once")
    of = subscription(weekly, discounts=(half,), cancel_at=first + 14 * DAY, anchor_at=NOVEMBER)
    offer = DiscountOffer(percent=Decimal(20), amount=None, invoices=1)
    assert most(offer, of, at=NOVEMBER, until=first - DAY).cost == Money(490, "eur")
    assert most(offer, of, at=NOVEMBER, until=first + DAY).cost == Money(980, "eur")


@settings(max_examples=examples(300))
@given(
    offer=offers,
    of=subscriptions(),
    start=st.integers(0, 60 * 24),
    lasts=st.integers(1, 45 * 24 * 3600),
    shares=st.lists(st.floats(0, 1), min_size=1, max_size=20),
)
def test_no_moment_costs_more(*, offer: Offer, of: Subscription, start: int, lasts: int, shares: list[float]) -> None:
    at = of.items[0].period_end - timedelta(days=20) + timedelta(hours=start)
    until = at + timedelta(seconds=lasts)
    context = pricing(of, *CATALOG)
    terms = price_offer(offer, context, ANYTHING, at=at, until=until)
    if not isinstance(terms, OfferTerms):
        return
    for share in shares:
        moment = at + timedelta(seconds=int(lasts * share))
        accepted = price_offer(terms.offer, context, unlimited(ANYTHING), at=moment)
        if isinstance(accepted, OfferTerms):
            assert accepted.charge.minor <= terms.charge.minor


@pytest.mark.parametrize(
    ("offer", "every", "given_up"),
    [
        (SwitchPlan(price_id="price_900_month"), (1, "month"), 12 * 4000),
        (SwitchPlan(price_id="price_900_year"), (1, "year"), 4000),
    ],
)
def test_a_switch_gives_up_twelve_monthly_differences(offer: Offer, every: tuple[int, str], given_up: int) -> None:
    terms = most(offer, ended(every), at=NOVEMBER, until=NOVEMBER + 14 * DAY)
    assert (terms.cost, terms.gives_up) == (Money(0, "eur"), Money(given_up, "eur"))


def test_a_switch_is_measured_without_a_passing_discount() -> None:
    until = datetime(2026, 12, 7, 10, tzinfo=UTC)
    runs = discount(percent="50", duration="repeating", ends_at=until + 40 * DAY)
    of = subscription(item(price(), until=until), discounts=(runs,), cancel_at=until, anchor_at=until)
    assert most(SwitchPlan(price_id="price_900_month"), of, at=NOVEMBER, until=until).gives_up == Money(48000, "eur")
    forever = replace(of, discounts=(discount(percent="50"),))
    offer = SwitchPlan(price_id="price_900_month")
    assert most(offer, forever, at=NOVEMBER, until=until).gives_up == Money(24000, "eur")


def test_a_pause_gives_up_its_unbilled_invoices_on_the_dearest_day() -> None:
    until = datetime(2026, 12, 31, 10, tzinfo=UTC)
    what = item(price("1000", every=(1, "week")), until=datetime(2026, 12, 3, 10, tzinfo=UTC))
    of = subscription(what, cancel_at=until, anchor_at=NOVEMBER)
    terms = most(Pause(months=1), of, at=NOVEMBER, until=until - DAY)
    assert (terms.cost, terms.gives_up, terms.most_invoices) == (Money(0, "eur"), Money(5000, "eur"), 5)


def test_the_lifetime_counts_from_the_last_moment_to_send_it() -> None:
    """Proposed for 7 days, sent on a Monday at 9:00 in Berlin, open for 14 days, and Checkout for 23 hours more."""
    of = ended((1, "week"))
    one = snapshot(of)
    saturday = datetime(2026, 11, 28, 12, tzinfo=UTC)
    monday = datetime(2026, 12, 7, 8, tzinfo=UTC)
    found = accepted_by(one, policy(), decided_by=saturday + 7 * DAY)
    assert found == monday + 14 * DAY + timedelta(hours=23)


def test_budgets_count_what_is_given_up() -> None:
    of = subscription(item(price(), until=NOVEMBER + DAY), cancel_at=NOVEMBER + DAY, anchor_at=NOVEMBER)
    within = policy(within=limits(budget_a_month={"eur": Money(9799, "eur")}))
    found = check_offer(Pause(months=2), snapshot(of), history(), within, NOVEMBER, by_hand=True)
    assert isinstance(found, tuple)
    assert [each.why for each in found] == ["budget"]


ONCE = replace(discount(amount=Money(500, "eur"), duration="once"), id="di_customers", level="customer")
"""A customer's discount, good for one invoice."""


def test_at_checkout_a_customers_discount_waits_and_is_given_away_too() -> None:
    terms = most(TWENTY, replace(ended((1, "month")), customer_discount=ONCE), at=NOVEMBER, until=NOVEMBER)
    (steps,) = terms.steps
    assert [(each.amount.minor, each.invoices) for each in steps.steps] == [(3920, 1), (4400, 1), (4900, None)]
    assert terms.cost == Money(980, "eur")  # instead of € 44, € 49 they pay € 39.20, € 44


@pytest.mark.parametrize("kept", [False, True])
def test_a_customers_discount_that_is_sent_along_counts_once(kept: bool) -> None:
    of = subscription(item(price(), until=NOVEMBER + DAY), cancel_at=NOVEMBER + DAY, anchor_at=NOVEMBER + DAY)
    of = replace(of, customer_discount=ONCE, discounts=(ONCE,) if kept else ())
    terms = most(TWENTY, of, at=NOVEMBER, until=NOVEMBER)
    (steps,) = terms.steps
    assert [each.amount.minor for each in steps.steps] == [3520, 4900]
    assert terms.cost == Money(880, "eur")


def test_a_switch_counts_the_invoice_on_which_it_brings_in_least() -> None:
    begins = NOVEMBER + 9 * DAY
    half = discount(percent="50", duration="repeating", ends_at=begins + 20 * DAY, products=frozenset({"prod_pro"}))
    euro = discount(amount=Money(100, "eur"), duration="repeating", ends_at=begins + 80 * DAY)
    of = subscription(item(price(), until=begins), cancel_at=begins, anchor_at=begins)
    free = replace(discount(percent="100"), level="customer")
    of = replace(of, discounts=(half, euro), customer_discount=free)
    lite = price("900", name="price_lite", product="prod_lite")
    terms = price_offer(SwitchPlan(price_id="price_lite"), pricing(of, lite), ANYTHING, at=NOVEMBER)
    assert isinstance(terms, OfferTerms)
    assert terms.gives_up == Money(12 * 4000, "eur")
