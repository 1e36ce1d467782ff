"""Cards, customers and subscriptions for the tests of this room."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.billing.monthly_value import MonthlyValue
from domain.billing.subscription import Cancellation, Customer, Item, Price, Subscription
from domain.billing.subscription import Card as PaymentCard
from domain.cancellations.case import Episode
from domain.cancellations.stored_case import Case, Facts
from domain.ids import CaseId, CustomerId, PersonId, SubscriptionId
from domain.money import Money
from domain.winback.case_card import CaseCard

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ENDS_AT = datetime(2026, 12, 3, 12, 0, tzinfo=UTC)
CASE_ID = CaseId(UUID("01900000-0000-7000-8000-00000000abcd"))
EUROS = MonthlyValue(now=Money(4900, "eur"), would_be=Money(4900, "eur"), usage_based=False)

FACTS = Facts(
    customer_id=CustomerId("cus_Dana00000001"),
    customer_name="Dana Scully",
    customer_email="dana@acme.com",
    plan="Pro",
    value=EUROS,
    started_at=NOW - timedelta(days=250),
    status="active",
    livemode=False,
)
ASKED = Cancellation(kind="cancellation_requested", feedback="too_expensive", feedback_option=None, comment=None)
EPISODE = Episode(
    canceled_ats=frozenset({NOW}),
    state="pending",
    requested_at=NOW,
    ends_at=ENDS_AT,
    ended_at=None,
    resumed_at=None,
    cancellation=ASKED,
)
CASE = Case(
    id=CASE_ID,
    subscription_id=SubscriptionId("sub_Dana00000001"),
    person_id=PersonId(UUID(int=7)),
    episode=EPISODE,
    silent=False,
    enrichment=None,
    owner=None,
    owned_at=None,
    follow_up=None,
    tags=(),
    version=1,
)
CARD = CaseCard(
    case=CASE,
    facts=FACTS,
    reason_state="given",
    comeback=None,
    back_with=None,
    switched_to=None,
    switch_several=False,
    switch_shared=False,
    still_with=None,
    number=1,
    suppressed=False,
    winback=None,
    reference="0000abcd",
)


def card(*, episode: dict[str, Any] | None = None, case: dict[str, Any] | None = None, **more: Any) -> CaseCard:
    """Return a card that differs from `CARD` in its episode, case or itself; `cancellation` goes into the episode."""
    changed = replace(EPISODE, **(episode or {}))
    return replace(CARD, case=replace(CASE, episode=changed, **(case or {})), **more)


def cancelled_by(kind: str | None, *, feedback: str | None = None, comment: str | None = None) -> Cancellation:
    return Cancellation(kind=kind, feedback=feedback, feedback_option=None, comment=comment)


PRICE = Price(
    id="price_pro",
    currency="eur",
    product_id="prod_pro",
    product_name="Pro",
    nickname=None,
    unit_amount=Decimal(4900),
    tiers_mode=None,
    tiers=(),
    divide_by=None,
    round_up=False,
    interval="month",
    interval_count=1,
    metered=False,
)
SUBSCRIPTION = Subscription(
    id=SubscriptionId("sub_Dana00000001"),
    customer_id=CustomerId("cus_Dana00000001"),
    livemode=False,
    status="active",
    currency="eur",
    created_at=NOW - timedelta(days=250),
    started_at=NOW - timedelta(days=250),
    anchor_at=NOW - timedelta(days=250),
    items=(
        Item(
            id="si_1", price=PRICE, quantity=1, period_start=NOW - timedelta(days=19), period_end=ENDS_AT, discounts=()
        ),
    ),
    discounts=(),
    cancel_at=None,
    cancel_at_period_end=False,
    canceled_at=None,
    ended_at=None,
    trial_end_at=None,
    collection_paused=False,
    resumes_at=None,
    flexible=True,
    cancellation=cancelled_by(None),
    latest_invoice_id=None,
    card=None,
)
CUSTOMER = Customer(
    id=CustomerId("cus_Dana00000001"),
    deleted=False,
    livemode=False,
    email="dana@acme.com",
    name="Dana Scully",
    country="DE",
    locale=None,
    created_at=NOW - timedelta(days=250),
    card=PaymentCard(brand="visa", last4="4242", exp_month=1, exp_year=2030, fingerprint=None),
    currency="eur",
    metadata={},
)
