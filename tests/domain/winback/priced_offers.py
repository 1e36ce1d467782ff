"""Short calls that price offers for the customers of `leaving_customers`."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from domain.billing.subscription import Price, Subscription
from domain.money import Money
from domain.winback.offer import DiscountOffer, Offer
from domain.winback.policy import Limits
from domain.winback.price_offer import price_offer
from domain.winback.terms import ImpossibleOffer, OfferTerms
from tests.domain.winback.leaving_customers import PENDING, limits, pricing

NOW = datetime(2026, 6, 20, 12, tzinfo=UTC)


def worked(
    offer: Offer, of: Subscription = PENDING, *catalog: Price, at: datetime = NOW, within: Limits | None = None
) -> OfferTerms:
    terms = price_offer(offer, pricing(of, *catalog), within or limits(), at=at)
    assert isinstance(terms, OfferTerms), terms
    return terms


def refused(
    offer: Offer, of: Subscription = PENDING, *catalog: Price, at: datetime = NOW, **own: Any
) -> ImpossibleOffer:
    found = price_offer(offer, pricing(of, *catalog), limits(**own), at=at)
    assert isinstance(found, ImpossibleOffer), found
    return found


def planned(terms: OfferTerms) -> list[tuple[str, int, int]]:
    return [(f"{each.at:%Y-%m-%d}", each.before.minor, each.after.minor) for each in terms.invoices]


def percent(off: str, invoices: int = 1) -> DiscountOffer:
    return DiscountOffer(percent=Decimal(off), amount=None, invoices=invoices)


def amount(minor: int, invoices: int = 1, currency: str = "eur") -> DiscountOffer:
    return DiscountOffer(percent=None, amount=Money(minor, currency), invoices=invoices)
