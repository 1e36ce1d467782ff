"""The steps of a price: from when on each invoice is how much."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from domain.billing.billing_schedule import Course
from domain.billing.price_steps import PriceSteps, price_steps
from domain.billing.subscription import Subscription
from domain.billing.tax import Tax
from domain.money import Money
from tests.domain.billing.subscriptions import AT, discount, item, price, subscription

NINTH = datetime(2026, 6, 9, tzinfo=UTC)


def day(month: int, date: int = 9, *, year: int = 2026) -> datetime:
    return datetime(year, month, date, tzinfo=UTC)


def steps(one: Subscription) -> list[PriceSteps]:
    found = price_steps(Course.resumed(one, at=AT), at=AT)
    assert found is not None
    return list(found)


def told(one: Subscription) -> list[tuple[datetime, int]]:
    (only,) = steps(one)
    return [(step.starts_at, step.amount.minor) for step in only.steps]


def test_running_discount_ends() -> None:
    half = discount(percent="50", duration="repeating", ends_at=day(10))
    one = subscription(item(price(), until=NINTH), discounts=(half,), anchor_at=NINTH)
    (only,) = steps(one)
    assert (only.count, only.interval, only.tax, only.usage_based) == (1, "month", "none", False)
    assert [(step.starts_at, step.amount, step.invoices) for step in only.steps] == [
        (NINTH, Money(2450, "eur"), 4),
        (day(10), Money(4900, "eur"), None),
    ]


def test_unchanged_price_is_one_step() -> None:
    assert told(subscription(item(price(), until=NINTH), anchor_at=NINTH)) == [(NINTH, 4900)]


def test_once_is_off_the_first_invoice_and_the_customers_discount_takes_over() -> None:
    once, theirs = discount(percent="50", duration="once"), replace(discount(percent="10"), id="di_theirs")
    one = subscription(item(price(), until=NINTH), discounts=(once,), customers=theirs, anchor_at=NINTH)
    assert told(one) == [(NINTH, 2450), (day(7), 4410)]


def test_a_discount_longer_than_two_years_is_followed_to_its_end() -> None:
    long = discount(percent="50", duration="repeating", ends_at=day(6, 9, year=2029))
    yearly = price("12000", every=(1, "year"))
    one = subscription(item(yearly, until=day(7)), discounts=(long,), anchor_at=day(7))
    assert told(one) == [(day(7), 6000), (day(7, year=2029), 12000)]


def test_each_interval_has_its_steps() -> None:
    a = item(price("1000", product="a"), until=NINTH, name="si_a")
    b = item(price("12000", product="b", every=(1, "year")), until=NINTH, name="si_b")
    of_b = discount(amount=Money(1200, "eur"), products=frozenset({"b"}), duration="repeating", ends_at=day(7))
    found = steps(subscription(a, b, discounts=(of_b,), anchor_at=NINTH))
    assert [(each.count, each.interval) for each in found] == [(1, "month"), (1, "year")]
    assert [[(step.starts_at, step.amount.minor) for step in each.steps] for each in found] == [
        [(NINTH, 1000)],
        [(NINTH, 10800), (day(6, year=2027), 12000)],
    ]


def test_a_trial_is_billed_first_when_it_ends() -> None:
    assert told(subscription(item(price(), until=NINTH), status="trialing", trial_end_at=NINTH, anchor_at=NINTH)) == [
        (NINTH, 4900)
    ]


def test_a_pause_leaves_its_invoices_out() -> None:
    one = subscription(item(price(), until=NINTH), collection_paused=True, resumes_at=day(8, 8), anchor_at=NINTH)
    assert told(one) == [(day(8), 4900)]
    for endless in (replace(one, resumes_at=None), replace(one, collection_paused=False, status="paused")):
        assert told(endless) == []


def test_an_offer_adds_its_steps() -> None:
    course = Course.resumed(subscription(item(price(), until=NINTH), anchor_at=NINTH), at=AT)
    coupon = discount(percent="20", duration="repeating", ends_at=AT + timedelta(days=75))
    found = price_steps(course.less(coupon), at=AT)
    assert found is not None
    assert [(step.starts_at, step.amount.minor) for step in found[0].steps] == [(NINTH, 3920), (day(9), 4900)]


def test_usage_is_besides_and_what_is_not_known_is_not_told() -> None:
    metered = item(price(metered=True), None, name="si_m")
    (only,) = steps(subscription(item(price(), until=NINTH), metered, anchor_at=NINTH))
    assert (only.usage_based, only.steps[0].amount) == (True, Money(4900, "eur"))
    (only,) = steps(subscription(metered))
    assert (only.usage_based, only.steps) == (True, ())
    assert price_steps(Course.resumed(subscription(item(price(None))), at=AT), at=AT) is None


def test_tax_is_told_once_for_all() -> None:
    included = replace(item(price()), tax=Tax(included=(Decimal(19),), on_top=Decimal(0)))
    on_top = replace(item(price(), name="si_2"), tax=Tax(included=(), on_top=Decimal(19)))
    assert steps(subscription(included))[0].tax == "included"
    assert steps(subscription(on_top))[0].tax == "on_top"
    assert steps(subscription(included, on_top))[0].tax == "mixed"
    assert steps(subscription(included, replace(on_top, tax=None)))[0].tax == "unknown"
