"""Each reading of a subscription matters: without it the value or the steps of a drawn account are wrong."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from domain.billing.monthly_value import monthly_value
from domain.billing.subscription import Discount, Item, Price, Subscription
from domain.billing.tax import UNTAXED
from domain.ids import SubscriptionId
from tests.accounts.conftest import Stage
from tests.accounts.drawn import Drawn, set_up, subscriptions
from tests.accounts.formula import net_a_month
from tests.accounts.test_accounts import billed, told

Reading = Callable[[Subscription], Subscription]


def _discounts(change: Callable[[Discount], Discount]) -> Reading:
    def changed(read: Subscription) -> Subscription:
        return replace(
            read,
            discounts=tuple(map(change, read.discounts)),
            items=tuple(replace(item, discounts=tuple(map(change, item.discounts))) for item in read.items),
            customer_discount=read.customer_discount and change(read.customer_discount),
        )

    return changed


def _items(change: Callable[[Item], Item]) -> Reading:
    return lambda read: replace(read, items=tuple(map(change, read.items)))


def _prices(change: Callable[[Price], Price]) -> Reading:
    return _items(lambda item: replace(item, price=change(item.price)))


WITHOUT: dict[str, Reading] = {
    "customer's discount": lambda read: replace(read, customer_discount=None),
    "own discounts": lambda read: replace(read, discounts=()),
    "items' discounts": _items(lambda item: replace(item, discounts=())),
    "products of a discount": _discounts(lambda each: replace(each, product_ids=None)),
    "end of a discount": _discounts(lambda each: replace(each, ends_at=None)),
    "once": _discounts(lambda each: replace(each, duration="forever" if each.duration == "once" else each.duration)),
    "part of a percent": _discounts(
        lambda each: replace(each, percent_off=each.percent_off and Decimal(int(each.percent_off)))
    ),
    "tax": _items(lambda item: replace(item, tax=UNTAXED)),
    "items beyond a page": lambda read: replace(read, items=read.items[:10]),
    "quantity": _items(lambda item: replace(item, quantity=1)),
    "quantity 0": _items(lambda item: replace(item, quantity=item.quantity or 1)),
    "part of a unit": _prices(
        lambda price: replace(price, unit_amount=price.unit_amount and Decimal(int(price.unit_amount)))
    ),
    "packs": _prices(lambda price: replace(price, divide_by=None)),
    "rounding of packs": _prices(lambda price: replace(price, round_up=not price.round_up)),
    "tiers mode": _prices(lambda price: replace(price, tiers_mode=price.tiers_mode and "volume")),
    "flat amounts": _prices(
        lambda price: replace(price, tiers=tuple(replace(tier, flat_amount=None) for tier in price.tiers))
    ),
    "count of an interval": _prices(lambda price: replace(price, interval_count=1)),
    "interval": _prices(lambda price: replace(price, interval="month")),
    "usage": _prices(lambda price: replace(price, metered=False)),
    "pause": lambda read: replace(read, collection_paused=False, resumes_at=None),
    "anchor": lambda read: replace(read, anchor_at=read.anchor_at.replace(day=1)),
}
"""What a careless reading would do, by what it misses."""


@pytest.mark.timeout(3000)
async def test_each_reading_is_missed(stage: Stage) -> None:
    @seed(8)
    @settings(
        max_examples=100,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    @given(drawn=subscriptions())
    def draw(drawn: Drawn) -> None:
        accounts.append(drawn)

    accounts: list[Drawn] = []
    draw()
    missed = set(WITHOUT)
    for drawn in accounts:
        account = stage.open_account(drawn.start)
        made = set_up(drawn, account)
        at = account.clock.now()
        read = (await stage.billing.read_subscription(SubscriptionId(made["id"]))).subscription
        if not monthly_value(read, at=at).tax_known:
            continue
        value, invoices = net_a_month(drawn, made, account), None
        for name in sorted(missed):
            careless = WITHOUT[name](read)
            if monthly_value(careless, at=at).would_be.minor != value:
                missed.discard(name)
                continue
            invoices = billed(account, made, at) if invoices is None else invoices
            if told(careless, at) != invoices:
                missed.discard(name)
        if not missed:
            break
    assert not missed
