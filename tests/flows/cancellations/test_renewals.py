"""Renewals cost no call to Stripe, but for what somebody may be waiting for."""

from collections.abc import Callable
from uuid import uuid4

from sqlalchemy import text

from flows.events.skip_routine import RoutineUpdates
from sandbox.stripe.ledger import DAY, Json
from tests.flows.cancellations.board import readable
from tests.flows.cancellations.conftest import Scene
from tests.flows.cancellations.harness import REASON_WAIT
from tests.flows.cancellations.life import Life

MONTH = 31 * DAY


class Story:
    """One person's life, whose events the harness takes in and works off in sets."""

    def __init__(self, scene: Scene, life: Life) -> None:
        self.scene, self.life, self.harness = scene, life, scene.any_order
        self._told = 0

    async def tell(self, *moves: str) -> None:
        for move in moves:
            self.life.moves()[move]()
        await self.hear()

    async def pass_time(self, seconds: int) -> None:
        self.life.pause(seconds)
        await self.hear()

    async def hear(self) -> None:
        """Take in and handle what happened since, and do what follows."""
        await self.take_in()
        await self.harness.work()
        self.scene.clock.advance(REASON_WAIT)
        await self.harness.perform()

    async def take_in(self, which: Callable[[Json], bool] = lambda _: True) -> int:
        held = self.scene.account.webhooks.held
        new, self._told = held[self._told :], len(held)
        for event in filter(which, new):
            await self.harness.receive(event)
        return len(new)

    async def calls_of(self, seconds: int) -> int:
        """Let time pass; return how often Stripe was called for what came of it."""
        before = self.scene.calls
        await self.pass_time(seconds)
        return self.scene.calls - before

    def cards(self) -> list[str]:
        return readable(self.harness.board.cards.values())


async def begin(scene: Scene) -> Story:
    return Story(scene, await scene.begin())


async def waiting(story: Story) -> int:
    async with story.harness.store.read() as unit:
        return await unit.inbox.backlog()


async def test_renewals_cost_no_call(scene: Scene) -> None:
    story = await begin(scene)
    await story.tell("subscribes", "subscribes, classic billing")
    for _ in range(6):
        assert await story.calls_of(20 * DAY) == 0
    renewals = [each for each in scene.account.webhooks.held if each["type"] == "customer.subscription.updated"]
    assert len(renewals) == 6
    assert await waiting(story) == 0
    await story.tell("1: asks in the portal and says why")
    assert "A Pro customer cancelled" in "\n".join(story.cards())


async def test_first_event_of_a_subscription_is_read(scene: Scene) -> None:
    """The bot was started after it was created: its person is learned from its first event."""
    story = await begin(scene)
    story.life.moves()["subscribes"]()
    await story.take_in(lambda _: False)
    assert await story.calls_of(MONTH) == 1
    assert await story.calls_of(MONTH) == 0


async def test_changes_are_read(scene: Scene) -> None:
    story = await begin(scene)
    await story.tell("subscribes")
    before = scene.calls
    await story.tell("1: is put on another plan")
    assert scene.calls > before
    assert await story.calls_of(MONTH) == 0
    story.life.moves()["1: has cards declined"]()
    assert await story.calls_of(MONTH) > 0  # it is past due


async def test_whoever_has_a_case_is_read(scene: Scene) -> None:
    story = await begin(scene)
    await story.tell("subscribes", "subscribes under another customer object")
    assert await story.calls_of(MONTH) == 0
    await story.tell("1: asks in the portal")
    assert await story.calls_of(MONTH) > 1


async def test_kept_subscription_is_told_as_it_is_now(scene: Scene) -> None:
    """Its renewals were skipped while its product was renamed."""
    story = await begin(scene)
    await story.tell("subscribes", "subscribes under another customer object")
    scene.account.ledger.get("product", story.life.prices[0]["product"])["name"] = "Pro 2"
    assert await story.calls_of(MONTH) == 0
    await story.tell("1: asks in the portal")
    await story.pass_time(1)
    assert "still subscribed to Pro 2" in "\n".join(story.cards())


async def test_persons_keys_are_rewritten_under_a_new_secret_key(scene: Scene) -> None:
    story = await begin(scene)
    await story.tell("subscribes")
    async with story.harness.store._writing.connect() as connection:
        await connection.execute(text("UPDATE person_keys SET key_id = 'k_older'"))
        await connection.commit()
    assert await story.calls_of(MONTH) == 1


async def test_older_events_of_a_subscription_go_before_urgent_ones(scene: Scene) -> None:
    story = await begin(scene)
    await story.tell("subscribes", "subscribes")
    story.life.pause(MONTH)
    story.life.moves()["2: asks in the portal"]()
    await story.take_in()
    renewed = story.life.subscriptions[1]["id"]
    async with story.harness.store.begin() as unit:
        rows = await unit.inbox.claim(owner=uuid4(), wall=scene.now(), lease=REASON_WAIT, limit=8)
    theirs = [row.event for row in rows if row.event.subject == renewed]
    assert [event.routine for event in theirs] == [True]


async def test_update_is_skipped_once(scene: Scene) -> None:
    story = await begin(scene)
    await story.tell("subscribes")
    story.life.pause(MONTH)
    await story.take_in()
    assert await RoutineUpdates(story.harness.flows.context).look(wall=scene.now()) == 1
    assert await RoutineUpdates(story.harness.flows.context).look(wall=scene.now()) == 0
    assert await waiting(story) == 0
