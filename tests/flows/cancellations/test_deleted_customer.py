"""The card of a customer who was deleted at Stripe offers nothing that can't work, however that became known."""

import pytest

from sandbox.stripe.ledger import DAY, Json
from tests.flows.cancellations.board import readable
from tests.flows.cancellations.conftest import Scene

CANT_WORK = ("Propose win-back", "Portal link", "talk to them", "Scully", "d…a@")
DELETED = "Deleted at Stripe"


def card_of(scene: Scene) -> str:
    (card,) = scene.any_order.board.cards.values()
    return "\n".join(readable([card]))


async def take_in(scene: Scene, events: list[Json]) -> None:
    for event in events:
        await scene.any_order.route(event)
    scene.clock.advance(scene.any_order.flows.context.settings.reason_wait)
    await scene.any_order.perform()


async def test_somebody_who_left_long_ago(scene: Scene) -> None:
    life, events = await scene.begin(), scene.account.webhooks.held
    customer = life.customers[0]
    subscription = scene.account.subscribe(customer, life.prices[0])
    life.pause(2 * DAY)
    scene.account.cancel_now(subscription)
    await take_in(scene, [each for each in events if each["type"].startswith("customer.subscription.")])
    assert all(each in card_of(scene) for each in CANT_WORK)
    life.pause(20 * DAY)
    known = len(events)
    scene.account.delete_customer(customer)
    assert [each["type"] for each in events[known:]] == ["customer.deleted"]
    await take_in(scene, events[known:])
    assert not any(each in card_of(scene) for each in CANT_WORK)
    assert all(each in card_of(scene) for each in (DELETED, "Open in Stripe", "Asked for", "Never contact"))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_somebody_whose_subscription_ends_by_it(scene: Scene, order: tuple[int, ...]) -> None:
    life, events = await scene.begin(), scene.account.webhooks.held
    scene.account.subscribe(life.customers[0], life.prices[0])
    await take_in(scene, [each for each in events if each["type"].startswith("customer.subscription.")])
    life.pause(DAY)
    known = len(events)
    scene.account.delete_customer(life.customers[0])
    both = [each for each in events[known:] if each["type"] != "customer.updated"]
    assert [each["type"] for each in both] == ["customer.subscription.deleted", "customer.deleted"]
    await take_in(scene, [both[index] for index in order])
    assert DELETED in card_of(scene)
    assert not any(each in card_of(scene) for each in CANT_WORK)


async def test_read_from_before_the_deletion_is_repeated(scene: Scene) -> None:
    life, events = await scene.begin(), scene.account.webhooks.held
    subscription = scene.account.subscribe(life.customers[0], life.prices[0])
    scene.account.request_cancellation(subscription)
    asked = [each for each in events if each["type"].startswith("customer.subscription.")]
    await take_in(scene, asked)
    known = len(events)

    async def meanwhile() -> None:
        scene.account.delete_customer(life.customers[0])
        await scene.any_order.route(events[-1])

    scene.any_order.billing.meanwhile = meanwhile
    await take_in(scene, asked[-1:])
    assert events[-1]["type"] == "customer.deleted", events[known:]
    assert DELETED in card_of(scene)


async def test_deletion_tells_whose_subscription_it_was(scene: Scene) -> None:
    """Nobody read the subscription before its customer was deleted, and its person is back as another customer."""
    life, events = await scene.begin(), scene.account.webhooks.held
    gone = life.customers[0]
    subscription = scene.account.subscribe(gone, life.prices[0])
    life.pause(2 * DAY)
    scene.account.cancel_now(subscription)
    life.pause(20 * DAY)
    scene.account.delete_customer(gone)
    scene.account.subscribe(life.join(), life.prices[0])
    kinds = ("customer.subscription.", "customer.deleted")
    await take_in(scene, [each for each in events if each["type"].startswith(kinds)])
    assert "is back with" in card_of(scene)
