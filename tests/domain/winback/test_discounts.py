"""Discounts and free months: the invoices they change, their amounts, and the limits."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.billing.subscription import Subscription
from domain.money import Money
from domain.winback.offer import DiscountOffer, FreeMonths, Restart
from domain.winback.price_offer import price_offer
from domain.winback.terms import ImpossibleOffer, OfferTerms
from tests.domain.billing.subscriptions import discount, item, price, subscription
from tests.domain.winback.leaving_customers import (
    ENDED,
    ENDS,
    MONTHLY,
    PENDING,
    REQUESTED,
    TRIALING,
    TWENTY,
    limits,
    pricing,
)
from tests.domain.winback.priced_offers import NOW, amount, percent, planned, refused, worked


def test_twenty_per_cent_off_three_invoices() -> None:
    terms = worked(TWENTY)
    assert planned(terms) == [("2026-07-01", 4900, 3920), ("2026-08-01", 4900, 3920), ("2026-09-01", 4900, 3920)]
    assert terms.cost == Money(2940, "eur")
    assert (terms.later, terms.later_at) == (Money(4900, "eur"), ENDS.replace(month=10))
    assert terms.coupon is not None
    assert (terms.coupon.id, terms.coupon.duration, terms.coupon.months) == ("winback-20pct-3m", "repeating", 3)
    assert (terms.offer, terms.price) == (TWENTY, MONTHLY.price)


def test_ended_subscriptions_lose_old_discounts() -> None:
    of = replace(ENDED, discounts=(discount(percent="50"),))
    terms = worked(TWENTY, of, at=datetime(2027, 1, 31, 8, tzinfo=UTC))
    assert planned(terms) == [("2027-01-31", 4900, 3920), ("2027-02-28", 4900, 3920), ("2027-03-31", 4900, 3920)]
    assert terms.later_at == datetime(2027, 4, 30, 8, tzinfo=UTC)


def test_a_trial_is_billed_from_its_end() -> None:
    assert planned(worked(percent("20", 2), TRIALING)) == [("2026-07-01", 4900, 3920), ("2026-08-01", 4900, 3920)]


def test_a_long_trial_outlasts_the_coupon() -> None:
    long = replace(
        TRIALING,
        items=(item(price(), until=datetime(2026, 8, 1, tzinfo=UTC)),),
        trial_end_at=datetime(2026, 8, 1, tzinfo=UTC),
    )
    assert refused(percent("20", 3), long) == ImpossibleOffer(why="outlasts", detail="2026-10-01T00:00:00+00:00")
    assert planned(worked(percent("20", 1), long)) == [("2026-08-01", 4900, 3920)]


def test_an_invoice_a_month_away_is_discounted() -> None:
    terms = worked(TWENTY, at=datetime(2026, 6, 6, tzinfo=UTC))
    assert [day for day, *_ in planned(terms)] == ["2026-07-01", "2026-08-01", "2026-09-01"]


def test_an_extra_invoice_in_the_months_counts() -> None:
    until = datetime(2026, 12, 29, 10, tzinfo=UTC)
    of = subscription(item(price(), until=until), cancel_at=until, anchor_at=until)
    terms = worked(percent("20", 2), of, at=datetime(2026, 12, 28, 12, tzinfo=UTC))  # till 28 Feb, 12:00
    assert [day for day, *_ in planned(terms)] == ["2026-12-29", "2027-01-29", "2027-02-28"]
    assert terms.cost == Money(2940, "eur")


@pytest.mark.parametrize(
    ("of", "offer", "after"),
    [
        (PENDING, percent("12.5"), 4287),  # 612.5 off, half up
        (PENDING, amount(500), 4400),
        (subscription(item(price(), 3, until=ENDS), cancel_at=ENDS), percent("20"), 11760),
        (subscription(item(price("49000", every=(1, "year")), until=ENDS), cancel_at=ENDS), percent("20"), 39200),
        (
            subscription(
                item(price("3000"), until=ENDS),
                item(price("1000", product="seat"), 2, name="si_2", until=ENDS),
                cancel_at=ENDS,
            ),
            percent("20"),
            4000,
        ),
    ],
)
def test_one_invoice_on_any_interval(of: Subscription, offer: DiscountOffer, after: int) -> None:
    terms = worked(offer, of)
    assert [each.after.minor for each in terms.invoices] == [after]
    assert terms.coupon is not None
    assert (terms.coupon.duration, terms.coupon.months) == ("once", None)


@pytest.mark.parametrize("every", [(1, "year"), (3, "month"), (1, "week"), (30, "day")])
def test_several_invoices_need_monthly_billing(every: tuple[int, str]) -> None:
    assert (
        refused(percent("20", 2), subscription(item(price(every=every), until=ENDS), cancel_at=ENDS)).why == "interval"
    )


def test_running_discounts_end_when_they_end() -> None:
    running = discount(percent="10", duration="repeating", ends_at=datetime(2026, 7, 15, tzinfo=UTC))
    of = replace(PENDING, discounts=(running,))
    assert refused(TWENTY, of).why == "running_discount"
    terms = worked(TWENTY, of, within=limits(second_discount=True))
    assert planned(terms) == [("2026-07-01", 4410, 3528), ("2026-08-01", 4900, 3920), ("2026-09-01", 4900, 3920)]


def test_a_one_invoice_discount_is_used_up() -> None:
    of = replace(PENDING, discounts=(discount(amount=Money(900, "eur"), duration="once"),))
    assert planned(worked(percent("10", 2), of, within=limits(second_discount=True))) == [
        ("2026-07-01", 4000, 3600),
        ("2026-08-01", 4900, 4410),
    ]


def test_an_items_own_discount_counts_as_running() -> None:
    of = subscription(item(price(), 1, discount(percent="10"), until=ENDS), cancel_at=ENDS)
    assert refused(TWENTY, of).why == "running_discount"
    assert planned(worked(percent("20"), of, within=limits(second_discount=True))) == [("2026-07-01", 4410, 3528)]


def test_an_expired_discount_blocks_nothing() -> None:
    over = discount(percent="50", duration="repeating", ends_at=NOW)
    assert worked(TWENTY, replace(PENDING, discounts=(over,))).cost == Money(2940, "eur")


@pytest.mark.parametrize(
    ("offer", "running", "allowed"),
    [
        (percent("30"), (), True),
        (percent("31"), (), False),
        (amount(1470), (), True),
        (amount(1471), (), False),
        (percent("20"), (discount(percent="12.5"),), True),
        (percent("20"), (discount(percent="13"),), False),
        (percent("20"), (discount(percent="50", duration="once"),), False),
        (percent("20"), (discount(percent="50", products=frozenset({"prod_other"})),), True),
    ],
)
def test_the_limit_covers_all_discounts_together(offer: DiscountOffer, running: tuple[Any, ...], allowed: bool) -> None:
    of = replace(PENDING, discounts=running)
    found = price_offer(offer, pricing(of), limits(second_discount=True), at=NOW)
    if allowed:
        assert isinstance(found, OfferTerms)
    else:
        assert found == ImpossibleOffer(why="percent_limit", detail="30")


def test_an_amount_takes_off_at_most_the_price() -> None:
    terms = worked(amount(9900), within=limits(percent=Decimal(100)))
    assert (planned(terms), terms.cost) == ([("2026-07-01", 4900, 0)], Money(4900, "eur"))


def test_free_months_cover_every_invoice_in_them() -> None:
    assert planned(worked(FreeMonths(months=2))) == [("2026-07-01", 4900, 0), ("2026-08-01", 4900, 0)]
    weekly = subscription(item(price("1000", every=(1, "week")), until=ENDS), cancel_at=ENDS)
    terms = worked(FreeMonths(months=1), weekly)
    assert [day for day, *_ in planned(terms)] == ["2026-07-01", "2026-07-08", "2026-07-15"]
    assert terms.cost == Money(3000, "eur")
    assert terms.coupon is not None
    assert (terms.coupon.id, terms.coupon.months) == ("winback-100pct-1m", 1)


def test_one_free_month_is_one_invoice() -> None:
    terms = worked(FreeMonths(months=1), at=datetime(2026, 6, 1, 8, tzinfo=UTC))
    assert terms.coupon is not None
    assert (terms.coupon.id, planned(terms)) == ("winback-100pct-once", [("2026-07-01", 4900, 0)])


def test_free_months_ignore_the_percent_limit() -> None:
    assert refused(FreeMonths(months=1), replace(PENDING, discounts=(discount(percent="5"),))).why == "running_discount"


def test_months_keep_the_anchors_day() -> None:
    until = datetime(2027, 2, 28, 10, tzinfo=UTC)
    of = subscription(item(price(), until=until), cancel_at=until, anchor_at=datetime(2026, 8, 31, 10, tzinfo=UTC))
    assert [day for day, *_ in planned(worked(percent("20", 2), of, at=datetime(2027, 2, 10, tzinfo=UTC)))] == [
        "2027-02-28",
        "2027-03-31",
    ]


def test_two_intervals_keep_their_own_dates() -> None:
    of = subscription(
        item(price("12000", every=(1, "year")), until=datetime(2026, 8, 1, 9, tzinfo=UTC)),
        item(price("1000", product="seat"), 2, name="si_2", until=ENDS),
        cancel_at=ENDS,
        anchor_at=ENDS,
    )
    terms = worked(percent("20"), of)
    assert planned(terms) == [("2026-07-01", 2000, 1600)]
    assert (terms.later, terms.later_at, terms.price) == (Money(14000, "eur"), ENDS.replace(month=8), None)


def test_a_stale_read_is_rolled_forward() -> None:
    assert worked(Restart(), at=ENDS).invoices[0].at == ENDS.replace(month=8)
    assert worked(Restart(), at=REQUESTED).invoices[0].at == ENDS
