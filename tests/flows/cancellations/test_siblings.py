"""What somebody subscribes to besides, and no event has told of, is looked up before a card says that they are lost."""

import pytest

from sandbox.stripe.ledger import DAY, Json
from tests.flows.cancellations.board import readable
from tests.flows.cancellations.conftest import Scene


async def card(scene: Scene) -> str:
    (shown,) = scene.any_order.board.cards.values()
    return "\n".join(readable([shown]))


async def cancelled(scene: Scene, subscription: Json) -> str:
    """Let somebody leave, take in the events of that alone, and return what the first post of the card says."""
    known = len(scene.account.webhooks.held)
    scene.account.cancel_now(subscription)
    for event in scene.account.webhooks.held[known:]:
        if event["data"]["object"]["id"] == subscription["id"]:
            await scene.any_order.route(event)
    scene.clock.advance(scene.any_order.flows.context.settings.reason_wait)
    await scene.any_order.perform()
    return await card(scene)


@pytest.mark.parametrize("same_customer", [True, False])
async def test_older_subscription_is_named_at_once(scene: Scene, *, same_customer: bool) -> None:
    life, account = await scene.begin(), scene.account
    pro = account.subscribe(life.customers[0], life.prices[0])
    account.subscribe(life.customers[0] if same_customer else life.join(), life.prices[1])
    life.pause(20 * DAY)
    shown = await cancelled(scene, pro)
    assert "still subscribed to Lite, €19 a month" in shown


async def test_several_under_several_customers(scene: Scene) -> None:
    life, account = await scene.begin(), scene.account
    pro = account.subscribe(life.customers[0], life.prices[0])
    gone = account.subscribe(life.join(), life.prices[1])
    account.cancel_now(gone)
    life.pause(DAY)
    account.subscribe(life.join(), life.prices[1])
    life.pause(20 * DAY)
    assert "still subscribed to Lite" in await cancelled(scene, pro)


async def test_what_is_cancelled_too_is_no_rest(scene: Scene) -> None:
    life, account = await scene.begin(), scene.account
    pro = account.subscribe(life.customers[0], life.prices[0])
    lite = account.subscribe(life.customers[0], life.prices[1])
    life.pause(2 * DAY)
    account.request_cancellation(lite)
    await scene.any_order.flows.tracker.refresh(pro["id"], now=scene.now())
    life.pause(DAY)
    known = len(account.webhooks.held)
    account.cancel_now(pro)
    for event in account.webhooks.held[known:]:
        if event["data"]["object"]["id"] == pro["id"]:
            await scene.any_order.route(event)
    scene.clock.advance(scene.any_order.flows.context.settings.reason_wait)
    await scene.any_order.perform()
    assert not any("ubscribed to" in line for each in scene.any_order.board.cards.values() for line in readable([each]))


async def test_strangers_are_not_read(scene: Scene) -> None:
    life, account = await scene.begin(), scene.account
    pro = account.subscribe(life.customers[0], life.prices[0])
    stranger = account.create_customer(name="Fox Mulder", email="fox@mulder-mail.com")
    account.cards.attach(stranger)
    other = account.subscribe(stranger, life.prices[1])
    life.pause(DAY)
    assert "ubscribed to" not in await cancelled(scene, pro)
    async with scene.any_order.store.read() as unit:
        assert await unit.observations.version(other["id"]) == 0
