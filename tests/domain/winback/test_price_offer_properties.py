"""For any offer: the dates are Stripe's, the cost is what is taken off, nothing is paid back."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.billing.periods import add_months
from domain.billing.subscription import Discount as Running
from domain.billing.subscription import Subscription
from domain.winback.offer import DiscountOffer, FreeMonths, Offer, SwitchPlan
from domain.winback.price_offer import price_offer
from domain.winback.terms import OfferTerms
from tests.domain.billing.subscriptions import discount, item, price, subscription
from tests.domain.winback.leaving_customers import REQUESTED, limits, pricing
from tests.domain.winback.strategies import CATALOG, MINUTE, offers, subscriptions
from tests.lanes import examples

thousand = settings(max_examples=examples(1000))
ANYTHING = limits(percent=Decimal(100), invoices=12, second_discount=True)

running = st.builds(
    discount,
    percent=st.sampled_from(["5", "33.3", "100"]),
    duration=st.sampled_from(["once", "forever"]),
    products=st.sampled_from([None, frozenset({"prod_seat"})]),
)


@thousand
@given(offer=offers, of=subscriptions(), runs=st.lists(running, max_size=2), later=st.integers(0, 60 * 24 * 60))
def test_the_cost_is_what_is_taken_off(offer: Offer, of: Subscription, runs: list[Running], later: int) -> None:
    at = REQUESTED + later * MINUTE
    terms = price_offer(offer, pricing(replace(of, discounts=tuple(runs)), *CATALOG), ANYTHING, at=at)
    if not isinstance(terms, OfferTerms):
        return
    dates = [each.at for each in terms.invoices]
    assert dates == sorted(set(dates))
    assert all(each >= at for each in dates)
    assert terms.later_at is None or not dates or terms.later_at > dates[-1]
    full = sum((line.price.unit_amount or Decimal(0)) * (line.quantity or 1) for line in of.items)
    for each in terms.invoices:
        assert 0 <= each.after.minor <= each.before.minor <= full
    left_off = sum(each.before.minor - each.after.minor for each in terms.invoices)
    if isinstance(offer, DiscountOffer | FreeMonths):
        assert 0 < terms.cost.minor == left_off <= full * len(terms.invoices)
        assert terms.coupon is not None
    else:
        assert terms.cost.minor >= 0
        assert terms.coupon is None
        assert isinstance(offer, SwitchPlan) or not left_off


def monthly_dates(anchor: datetime, after: datetime, until: datetime) -> list[datetime]:
    """Count every month from the anchor itself, without walking from one to the next."""
    dates = (add_months(anchor, months) for months in range(32))
    return [date for date in dates if after < date < until]


@thousand
@given(
    back=st.integers(0, 400 * 24 * 60),
    unit=st.integers(1, 9999),
    quantity=st.integers(1, 9),
    percent=st.sampled_from(["10", "12.5", "33.3", "99"]),
    invoices=st.integers(2, 12),
    at=st.integers(0, 365).map(lambda day: REQUESTED + timedelta(days=day)),
)
def test_months_cover_exactly_their_invoices(
    *, back: int, unit: int, quantity: int, percent: str, invoices: int, at: datetime
) -> None:
    anchor = at - back * MINUTE
    offer = DiscountOffer(percent=Decimal(percent), amount=None, invoices=invoices)
    end = add_months(at, invoices)
    dates = monthly_dates(anchor, at, end)
    due = monthly_dates(anchor, at, add_months(at, 14))
    of = subscription(item(price(str(unit)), quantity, until=due[0]), cancel_at=due[0], anchor_at=anchor)
    off = (Decimal(unit * quantity) * Decimal(percent) / 100).quantize(Decimal(1), ROUND_HALF_UP)
    terms = price_offer(offer, pricing(of), ANYTHING, at=at)
    if len(dates) < invoices or not off:
        assert not isinstance(terms, OfferTerms)
        assert terms.why == ("outlasts" if len(dates) < invoices else "nothing_to_give")
    else:
        assert isinstance(terms, OfferTerms)
        assert [each.at for each in terms.invoices] == dates
        assert terms.cost.minor == off * len(dates)
        assert terms.later_at == due[len(dates)]
