"""A subscription replaced by another is a switch, in whatever order its events come; later it is a return."""

import re
from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations

import pytest

from sandbox.stripe.ledger import DAY, Json
from tests.flows.cancellations.board import readable
from tests.flows.cancellations.conftest import Scene

HOUR = 3600


class Shop:
    """Somebody on Pro (€49) for twenty days, and other plans to switch to."""

    def __init__(self, scene: Scene, customer: Json, pro: Json) -> None:
        self.scene, self.customer, self.pro = scene, customer, pro
        self.known = len(scene.account.webhooks.held)

    def price(self, name: str, amount: int) -> Json:
        catalog = self.scene.account.catalog
        return catalog.add_price(catalog.add_product(name), amount, "eur")

    def buy(self, name: str, amount: int) -> Json:
        return self.scene.account.subscribe(self.customer, self.price(name, amount))

    def new_events(self) -> list[Json]:
        held = self.scene.account.webhooks.held
        new = [each for each in held[self.known :] if each["type"].startswith("customer.subscription.")]
        self.known = len(held)
        return new

    async def take_in(self, events: Sequence[Json]) -> None:
        for event in events:
            await self.scene.any_order.route(event)
        self.scene.clock.advance(self.scene.any_order.flows.context.settings.reason_wait)
        await self.scene.any_order.perform()

    def cards(self) -> list[str]:
        """Return each card's text, those of fewer words first."""
        shown = ["\n".join(readable([each])) for each in self.scene.any_order.board.cards.values()]
        return [re.sub(r"[\\*]n?", " ", each) for each in shown]


@pytest.fixture
async def shop(scene: Scene) -> Shop:
    life = await scene.begin()
    pro = scene.account.subscribe(life.customers[0], life.prices[0])
    shop = Shop(scene, life.customers[0], pro)
    shop.known = 0
    life.pause(20 * DAY)
    await shop.take_in(shop.new_events())
    return shop


@pytest.mark.parametrize("order", list(permutations(range(2))))
@pytest.mark.parametrize("new_first", [True, False])
@pytest.mark.parametrize("seconds", [0, 2, HOUR - 60])
async def test_within_the_hour_it_is_a_switch(
    shop: Shop, order: tuple[int, ...], seconds: int, *, new_first: bool
) -> None:
    if new_first:
        shop.buy("Business", 9900)
        shop.scene.clock.advance(timedelta(seconds=seconds))
        shop.scene.account.cancel_now(shop.pro)
    else:
        shop.scene.account.cancel_now(shop.pro)
        shop.scene.clock.advance(timedelta(seconds=seconds))
        shop.buy("Business", 9900)
    events = shop.new_events()
    ends = [each for each in events if each["type"].endswith((".created", ".deleted"))]
    await shop.take_in([ends[index] for index in order])
    (card,) = shop.cards()
    assert "switched to Business, €99 a month" in card
    assert "gained €50 a month" in card
    assert "Propose" not in card


async def test_a_cheaper_plan_loses_the_difference(shop: Shop) -> None:
    shop.buy("Lite", 1900)
    shop.scene.account.cancel_now(shop.pro)
    await shop.take_in(shop.new_events())
    (card,) = shop.cards()
    assert "switched to Lite, €19 a month" in card
    assert "lost €30 a month" in card


async def test_after_the_hour_they_are_back(shop: Shop) -> None:
    shop.scene.account.cancel_now(shop.pro)
    shop.scene.clock.advance(timedelta(seconds=HOUR + 60))
    shop.buy("Business", 9900)
    await shop.take_in(shop.new_events())
    (card,) = shop.cards()
    assert "A Pro customer who had cancelled is back" in card
    assert "switched" not in card


async def test_request_before_the_purchase_is_a_switch(shop: Shop) -> None:
    """They cancel for the period's end, and buy the other plan at once."""
    shop.scene.account.request_cancellation(shop.pro)
    shop.scene.clock.advance(timedelta(seconds=60))
    shop.buy("Business", 9900)
    await shop.take_in(shop.new_events())
    (card,) = shop.cards()
    assert "switched to Business" in card


async def test_two_replaced_by_one_count_it_once(shop: Shop) -> None:
    lite = shop.buy("Lite", 1900)
    shop.scene.clock.advance(timedelta(seconds=5 * DAY))
    shop.buy("Business", 9900)
    shop.scene.account.cancel_now(lite)
    shop.scene.clock.advance(timedelta(seconds=2))
    shop.scene.account.cancel_now(shop.pro)
    await shop.take_in(shop.new_events())
    first, second = sorted(shop.cards())
    assert all("switched to Business, €99 a month" in each for each in (first, second))
    told = f"{first} {second}"
    assert "€80 a month" in told
    assert "lost €49 a month" in told
    assert all("which replaces several" in each for each in (first, second))


async def test_leaving_the_new_one_later_is_a_loss_of_its_own(shop: Shop) -> None:
    business = shop.buy("Business", 9900)
    shop.scene.account.cancel_now(shop.pro)
    await shop.take_in(shop.new_events())
    shop.scene.clock.advance(timedelta(seconds=20 * DAY))
    shop.scene.account.cancel_now(business)
    await shop.take_in(shop.new_events())
    first, second = sorted(shop.cards(), key=lambda card: "switched" not in card)
    assert "switched to Business" in first
    assert "A Business customer cancelled" in second
    assert "€99 a month" in second
