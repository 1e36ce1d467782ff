"""One customer and one subscription, to be varied with `dataclasses.replace`."""

from datetime import UTC, datetime
from decimal import Decimal

from domain.billing.subscription import Cancellation, Customer, Item, Price, Subscription
from domain.ids import CustomerId, SubscriptionId

NOW = datetime(2026, 11, 22, 21, 5, tzinfo=UTC)
NO_REASON = Cancellation(kind=None, feedback=None, feedback_option=None, comment=None)

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

ITEM = Item(
    id="si_1",
    price=PRICE,
    quantity=1,
    period_start=datetime(2026, 11, 3, tzinfo=UTC),
    period_end=datetime(2026, 12, 3, tzinfo=UTC),
    discounts=(),
)

SUBSCRIPTION = Subscription(
    id=SubscriptionId("sub_1"),
    customer_id=CustomerId("cus_1"),
    livemode=False,
    status="active",
    currency="eur",
    created_at=datetime(2025, 8, 3, tzinfo=UTC),
    started_at=datetime(2025, 8, 3, tzinfo=UTC),
    anchor_at=datetime(2025, 8, 3, tzinfo=UTC),
    items=(ITEM,),
    discounts=(),
    cancel_at=None,
    cancel_at_period_end=False,
    canceled_at=None,
    ended_at=None,
    trial_end_at=None,
    collection_paused=False,
    resumes_at=None,
    flexible=True,
    cancellation=NO_REASON,
    latest_invoice_id=None,
    card=None,
)

CUSTOMER = Customer(
    id=CustomerId("cus_1"),
    deleted=False,
    livemode=False,
    email="dana@acme.com",
    name="Dana Scully",
    country=None,
    locale=None,
    created_at=datetime(2025, 8, 3, tzinfo=UTC),
    card=None,
    currency="eur",
    metadata={},
)
