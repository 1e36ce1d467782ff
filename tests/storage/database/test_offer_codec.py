"""Whatever is offered comes back from JSON as itself, also where two kinds of offer have the same fields."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as some

from domain.ids import StaffId
from domain.money import Money
from domain.winback.decision import Rejection
from domain.winback.offer import (
    CallBack,
    DiscountOffer,
    ExtendTrial,
    FreeMonths,
    NoOffer,
    Offer,
    Pause,
    Restart,
    SwitchPlan,
)
from domain.winback.terms import CouponTerms, OfferTerms, PlannedInvoice
from storage.database.column_types import JsonOf, StoredRejected, StoredTerms
from tests.domain.billing.subscriptions import price

WORDS = some.text(max_size=20)
COUNTS = some.integers(min_value=1, max_value=36)
MONEY = some.builds(Money, some.integers(min_value=0, max_value=10**12), some.sampled_from(["eur", "jpy", "kwd"]))
PERCENT = some.decimals(min_value=Decimal("0.01"), max_value=Decimal("99.99"), places=2)
MOMENTS = some.datetimes(min_value=datetime(2026, 1, 1), timezones=some.just(UTC))  # noqa: DTZ001  # hypothesis wants it naive
OFFERS: dict[type[Offer], some.SearchStrategy[Any]] = {
    DiscountOffer: some.one_of(
        some.builds(DiscountOffer, percent=PERCENT, amount=some.none(), invoices=COUNTS),
        some.builds(DiscountOffer, percent=some.none(), amount=MONEY, invoices=COUNTS),
    ),
    FreeMonths: some.builds(FreeMonths, months=COUNTS),
    SwitchPlan: some.builds(SwitchPlan, price_id=some.none() | WORDS),
    Pause: some.builds(Pause, months=COUNTS),
    ExtendTrial: some.builds(ExtendTrial, days=COUNTS),
    Restart: some.builds(Restart, shipped=some.none() | WORDS),
    CallBack: some.builds(CallBack, who=some.none() | WORDS.map(StaffId)),
    NoOffer: some.builds(NoOffer),
}
ANY_OFFER = some.one_of(*OFFERS.values())
TERMS = some.builds(
    OfferTerms,
    offer=ANY_OFFER,
    phase=some.sampled_from(["pending", "trialing", "ended"]),
    way=some.sampled_from(["resume", "checkout", "call"]),
    accepted_at=MOMENTS,
    invoices=some.lists(some.builds(PlannedInvoice, at=MOMENTS, before=MONEY, after=MONEY), max_size=3).map(tuple),
    cost=MONEY,
    later=MONEY,
    later_at=some.none() | MOMENTS,
    price=some.sampled_from(
        [None, price(), price(None, mode="graduated", tiers=((5, "100.5", None), (None, "1", "3")))]
    ),
    coupon=some.none()
    | some.builds(
        CouponTerms,
        id=WORDS,
        percent_off=some.none() | PERCENT,
        amount_off=some.none() | MONEY,
        duration=some.sampled_from(["once", "repeating"]),
        months=some.none() | COUNTS,
    ),
    restarts_at=some.none() | MOMENTS,
    trial_ends_at=some.none() | MOMENTS,
)
REJECTED = some.builds(
    Rejection,
    why=some.sampled_from(["never", "phase", "budget"]),
    rule=some.none() | WORDS,
    offer=some.none() | ANY_OFFER,
)


def stored_and_read(shape: object, value: object, dialect: Any = None) -> object:
    column = JsonOf(shape)
    return column.process_result_value(column.process_bind_param(value, dialect), dialect)


@given(TERMS)
def test_terms_keep_their_kind_of_offer(terms: OfferTerms) -> None:
    assert stored_and_read(StoredTerms, terms) == terms


@given(some.lists(REJECTED, max_size=4).map(tuple))
def test_rejected_offers_keep_their_kind(rejected: tuple[Rejection, ...]) -> None:
    assert stored_and_read(tuple[StoredRejected, ...], rejected) == rejected


def test_every_kind_of_offer_is_tried() -> None:
    assert set(OFFERS) == set(get_args(Offer))
