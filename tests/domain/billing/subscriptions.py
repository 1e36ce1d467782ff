"""Subscriptions and customers to decide about; each test says only what matters to it."""

from datetime import UTC, datetime
from decimal import Decimal

from domain.billing.subscription import Cancellation, Customer, Discount, Item, Price, Subscription, Tier
from domain.ids import CustomerId, SubscriptionId
from domain.money import Money

AT = datetime(2026, 6, 1, tzinfo=UTC)


def price(
    unit: str | None = "4900",
    *,
    every: tuple[int, str] = (1, "month"),
    product: str = "prod_pro",
    mode: str | None = None,
    tiers: tuple[tuple[int | None, str | None, str | None], ...] = (),
    divide_by: int | None = None,
    round_up: bool = False,
    metered: bool = False,
    name: str = "price_1",
    currency: str = "eur",
) -> Price:
    """Make a price; a tier is (up to, unit amount, flat amount)."""

    def amount(text: str | None) -> Decimal | None:
        return None if text is None else Decimal(text)

    return Price(
        id=name,
        currency=currency,
        product_id=product,
        product_name="Pro",
        nickname=None,
        unit_amount=amount(unit),
        tiers_mode=mode,
        tiers=tuple(Tier(up_to=top, unit_amount=amount(one), flat_amount=amount(flat)) for top, one, flat in tiers),
        divide_by=divide_by,
        round_up=round_up,
        interval=every[1],
        interval_count=every[0],
        metered=metered,
    )


def item(what: Price, quantity: int | None = 1, *discounts: Discount, name: str = "si_1", until: datetime = AT) -> Item:
    return Item(id=name, price=what, quantity=quantity, period_start=AT, period_end=until, discounts=discounts)


def discount(
    *,
    percent: str | None = None,
    amount: Money | None = None,
    duration: str = "forever",
    ends_at: datetime | None = None,
    products: frozenset[str] | None = None,
) -> Discount:
    return Discount(
        id="di_1",
        coupon_id="co_1",
        percent_off=None if percent is None else Decimal(percent),
        amount_off=amount,
        duration=duration,
        starts_at=datetime(2026, 1, 1, tzinfo=UTC),
        ends_at=ends_at,
        product_ids=products,
    )


def subscription(
    *items: Item,
    name: str = "sub_1",
    status: str = "active",
    currency: str = "eur",
    discounts: tuple[Discount, ...] = (),
    cancel_at: datetime | None = None,
    cancel_at_period_end: bool = False,
    ended_at: datetime | None = None,
    trial_end_at: datetime | None = None,
    collection_paused: bool = False,
    flexible: bool = True,
    anchor_at: datetime = AT,
    resumes_at: datetime | None = None,
    customers: Discount | None = None,
) -> Subscription:
    return Subscription(
        id=SubscriptionId(name),
        customer_id=CustomerId("cus_1"),
        livemode=True,
        status=status,
        currency=currency,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        anchor_at=anchor_at,
        items=items or (item(price()),),
        discounts=discounts,
        cancel_at=cancel_at,
        cancel_at_period_end=cancel_at_period_end,
        canceled_at=None,
        ended_at=ended_at,
        trial_end_at=trial_end_at,
        collection_paused=collection_paused,
        resumes_at=resumes_at,
        flexible=flexible,
        cancellation=Cancellation(kind=None, feedback=None, feedback_option=None, comment=None),
        latest_invoice_id=None,
        card=None,
        customer_discount=customers,
    )


def customer(name: str = "cus_1", *, deleted: bool = False, livemode: bool = True) -> Customer:
    return Customer(
        id=CustomerId(name),
        deleted=deleted,
        livemode=livemode,
        email="dana@acme.com",
        name="Dana",
        country="DE",
        locale=None,
        created_at=AT,
        card=None,
        currency="eur",
        metadata={},
    )
