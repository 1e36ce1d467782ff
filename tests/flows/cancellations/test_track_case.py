"""What reads do to stored cases: an outdated read isn't used, and a case that was none is withdrawn."""

from dataclasses import replace

from domain.cancellations.stored_case import NotedReason
from domain.ids import StaffId, SubscriptionId
from sandbox.stripe.ledger import DAY, Json
from tests.flows.cancellations.board import readable
from tests.flows.cancellations.conftest import Scene
from tests.flows.cancellations.harness import REASON_WAIT


def told(scene: Scene) -> list[str]:
    return ["\n".join(readable([card], withdrawn=True)) for card in scene.any_order.board.cards.values()]


async def track(scene: Scene, event: Json) -> None:
    await scene.any_order.route(event)
    scene.clock.advance(REASON_WAIT)
    await scene.any_order.perform()


async def test_overtaken_read_is_repeated(scene: Scene) -> None:
    life, events = await scene.begin(), scene.account.webhooks.held
    life.moves()["subscribes"]()
    life.moves()["1: is cancelled by staff"]()
    await track(scene, events[-1])
    life.moves()["1: is put on another plan"]()
    event = events[-1]

    async def meanwhile() -> None:
        life.moves()["1: is put on another plan"]()
        await scene.any_order.route(events[-1])

    scene.any_order.billing.meanwhile = meanwhile
    await track(scene, event)
    (card,) = told(scene)
    assert "A Pro customer cancelled" in card


async def test_a_survey_wins_over_a_noted_reason(scene: Scene) -> None:
    life, events = await scene.begin(), scene.account.webhooks.held
    life.moves()["subscribes"]()
    life.moves()["1: asks in the portal"]()
    await track(scene, events[-1])
    store, (subscription,) = scene.any_order.store, life.subscriptions
    async with store.begin() as unit:
        (case,) = await unit.cases.of_subscription(SubscriptionId(subscription["id"]))
        noted = NotedReason(feedback="unused", feedback_option=None, words="No time", by=StaffId("U1"), at=scene.now())
        assert await unit.cases.save(replace(case, noted=noted))
        await scene.any_order.flows.case_actions.cards.schedule(unit, case, now=scene.now())
        await unit.commit()
    await scene.any_order.perform()
    (card,) = told(scene)
    assert "doesn't use it enough (noted by staff)" in card

    life.pause(5)
    life.moves()["1: says why"]()
    await track(scene, events[-1])
    (card,) = told(scene)
    assert "too expensive" in card
    assert "noted" not in card.lower()


async def test_false_case_is_withdrawn(scene: Scene) -> None:
    life, events = await scene.begin(), scene.account.webhooks.held
    life.moves()["subscribes until a day"]()
    (subscription,) = life.subscriptions
    created = next(event for event in events if event["type"] == "customer.subscription.created")
    life.pause(DAY)
    subscription["canceled_at"] += DAY
    life.moves()["1: is put on another plan"]()
    await track(scene, events[-1])
    (card,) = told(scene)
    assert "A Lite customer cancelled" in card
    await track(scene, created)
    (card,) = told(scene)
    assert "A Lite customer did not cancel after all" in card
    assert "portal_link" not in card


async def test_next_case_after_a_false_one(scene: Scene) -> None:
    life, events = await scene.begin(), scene.account.webhooks.held
    life.moves()["subscribes until a day"]()
    (subscription,) = life.subscriptions
    created = next(event for event in events if event["type"] == "customer.subscription.created")
    life.pause(DAY)
    subscription["canceled_at"] += DAY
    life.moves()["1: is put on another plan"]()
    await track(scene, events[-1])
    await track(scene, created)
    life.pause(DAY)
    life.moves()["1: gets another end"]()
    await track(scene, events[-1])
    _, card = told(scene)
    assert "A Lite customer cancelled" in card
    assert "their second" not in card


async def track_all(scene: Scene, events: list[Json]) -> None:
    for event in events:
        if event["type"].startswith("customer.subscription."):
            await track(scene, event)


async def test_instalments_are_no_case(scene: Scene) -> None:
    """The company's webhook sets the end three seconds after the sale, as Checkout cannot."""
    life = await scene.begin()
    life.moves()["subscribes"]()
    (subscription,) = life.subscriptions
    life.pause(3)
    scene.account.subscriptions.update(subscription, {"cancel_at": scene.account.ledger.now + 365 * DAY})
    await track_all(scene, scene.account.webhooks.held)
    await scene.any_order.flows.tracker.refresh(subscription["id"], now=scene.now())
    for _ in range(13):
        life.pause(30 * DAY)
    await track_all(scene, scene.account.webhooks.held)
    assert subscription["status"] == "canceled"
    assert told(scene) == []


async def test_prolonged_contract_is_no_case(scene: Scene) -> None:
    life = await scene.begin()
    life.moves()["subscribes until a day"]()
    (subscription,) = life.subscriptions
    life.pause(10 * DAY)
    scene.account.subscriptions.update(subscription, {"cancel_at": scene.account.ledger.now + 300 * DAY})
    await track_all(scene, scene.account.webhooks.held)
    assert told(scene) == []
    scene.account.request_cancellation(subscription)
    await track_all(scene, scene.account.webhooks.held)
    (card,) = told(scene)
    assert "A Pro customer cancelled" in card
