"""Emails of offers that were really worked out; each test says only what matters to it."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from domain.billing.subscription import Price, Subscription
from domain.email import Email, OfferEmail
from domain.winback.offer import DiscountOffer, ExtendTrial, FreeMonths, Offer, Pause, Restart, SwitchPlan
from domain.winback.terms import OfferTerms
from tests.domain.billing.subscriptions import price
from tests.domain.winback.leaving_customers import ENDED, PENDING, TRIALING, limits
from tests.domain.winback.priced_offers import worked
from tests.wording.samples import CUSTOMER
from wording.company import Company
from wording.emails.emails import Emails
from wording.reader import Reader

COMPANY = Company(
    name="Acme",
    address="1 High Street, Springfield",
    support_url="https://acme.com/help",
    privacy_url="https://acme.com/privacy",
    color="#1f5eff",
)
EMAILS = Emails(COMPANY, zone=UTC)
READER = Reader(zone=UTC)
OFFER_URL = "https://billing.acme.com/o/" + "A" * 43
UNSUBSCRIBE_URL = "https://billing.acme.com/u/" + "B" * 43
BASIC: Price = replace(price("2900"), id="price_basic", product_id="prod_basic", product_name="Basic")

TWENTY = DiscountOffer(percent=Decimal(20), amount=None, invoices=3)
FREE = FreeMonths(months=1)
LIGHTER = SwitchPlan(price_id=None)
PAUSE = Pause(months=2)
LONGER = ExtendTrial(days=14)
RESTART = Restart()

CELLS: tuple[tuple[Offer, Subscription], ...] = (
    *((TWENTY, of) for of in (PENDING, ENDED, TRIALING)),
    *((FREE, of) for of in (PENDING, ENDED)),
    *((LIGHTER, of) for of in (PENDING, ENDED, TRIALING)),
    (PAUSE, PENDING),
    (LONGER, TRIALING),
    *((RESTART, of) for of in (PENDING, ENDED, TRIALING)),
    *((Restart(shipped="Export to PDF"), of) for of in (PENDING, ENDED, TRIALING)),
)
"""Every offer that may be emailed, in every place where it is possible."""


def terms_of(offer: Offer, of: Subscription = PENDING) -> OfferTerms:
    return worked(offer, of, BASIC, within=limits(percent=Decimal(100), second_discount=True))


def offer_email(terms: OfferTerms | None = None, **own: Any) -> Email:
    known: dict[str, Any] = {
        "customer": CUSTOMER,
        "terms": terms or terms_of(TWENTY),
        "plan": "Pro",
        "reason": "too_expensive",
        "kind": "cancellation_requested",
        "note": None,
        "subject": None,
        "text": None,
        "offer_url": OFFER_URL,
        "unsubscribe_url": UNSUBSCRIBE_URL,
        "code": None,
        "expires_at": datetime(2026, 7, 1, 9, tzinfo=UTC),
    }
    return EMAILS.offer(OfferEmail(**known | own), message_id="3")


def flat(text: str) -> str:
    return " ".join(text.split())
