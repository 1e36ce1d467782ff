"""In whatever order events come, how often, how late, and whatever happens meanwhile: the cards are the same."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from sqlalchemy import select

from domain.cancellations.case import Episode
from flows.events.router import EVENT_TYPES
from sandbox.stripe.ledger import DAY, OVER, Json
from storage import tables
from tests.flows.cancellations.board import readable
from tests.flows.cancellations.conftest import Scene
from tests.flows.cancellations.harness import CaseHarness
from tests.flows.cancellations.life import PAUSES, Life
from tests.lanes import examples

MOVES = 5
LONGEST_GAP = 14 * DAY
HALF = 0.5
EXAMPLES = settings(
    max_examples=examples(40),
    print_blob=True,
    phases=[
        Phase.explicit,
        Phase.reuse,
        Phase.generate,
    ],  # a story in notes says more than a long search for a shorter one
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


class Telling:
    """One story told to two harnesses: to one in order, to the other as chance has it."""

    def __init__(self, scene: Scene, life: Life, chance: Random) -> None:
        self._scene = scene
        self._life = life
        self._chance = chance
        self._known = 0
        self._moves_left = MOVES
        self._late: list[Json] = []
        self._delivered: list[Json] = []
        self.pruning = False

    async def tell(self) -> None:
        """Play the story, then let all that was withheld arrive, and both harnesses finish what they have to do."""
        for _ in range(self._chance.randint(2, MOVES)):
            self._moves_left -= 1
            await self._move()
            for _ in range(self._chance.randint(0, 2)):
                await self._deal()
        while self._late:
            event = self._late.pop(self._chance.randrange(len(self._late)))
            what = self._chance.choice(["interrupt", "come alone", "wait", "be polled"])
            note(f"{what}: {told(event)}")
            if what == "interrupt":
                self._scene.any_order.billing.meanwhile = self._meanwhile
            if what != "be polled":
                await self._scene.any_order.receive(event)
            if what != "wait":
                await self._scene.any_order.work()
        self._scene.any_order.billing.meanwhile = None
        await self._overtake()
        await self._settle()

    async def begin_with_renewals(self) -> None:
        """Begin with two subscriptions that both harnesses know, and whose renewals come among all that follows."""
        for move in ("subscribes", "subscribes under another customer object"):
            self._life.moves()[move]()
        await self._tell_in_order()
        for event in self._late:
            await self._scene.any_order.receive(event)
        self._late.clear()
        await self._scene.any_order.work()
        for _ in range(self._chance.randint(3, 6)):
            await self._pause(LONGEST_GAP)
            if self._chance.random() < HALF:
                await self._deal()

    async def _overtake(self) -> None:
        """Let a change and its event come between the very last answer and its use: no later read mends it."""
        running = [each for each in self._life.subscriptions if each["status"] not in OVER]
        if not running:
            return
        subscription = self._chance.choice(running)
        held = self._scene.account.webhooks.held
        old = next(event for event in held if event["data"]["object"]["id"] == subscription["id"])
        move = f"{[each is subscription for each in self._life.subscriptions].index(True) + 1}: is put on another plan"
        note(f"at last, meanwhile, {move}")

        async def meanwhile() -> None:
            self._life.moves()[move]()
            await self._tell_in_order()
            await self._take_in_beside(self._late.pop())

        self._scene.any_order.billing.meanwhile = meanwhile
        await self._scene.any_order.route(old)

    async def _move(self) -> None:
        await self._pause(self._chance.choice(PAUSES))
        moves = self._life.moves()
        move = self._chance.choice(sorted(moves))
        note(f"{self._scene.now()} {move}")
        moves[move]()
        await self._tell_in_order()
        await self._scene.in_order.perform()

    async def _pause(self, seconds: int) -> None:
        """Let time pass; Stripe lists events for thirty days, so within that time they are asked for."""
        while seconds > LONGEST_GAP:
            await self._pause(LONGEST_GAP)
            await self._scene.any_order.flows.event_poller.poll(now=self._scene.now())
            seconds -= LONGEST_GAP
        self._life.pause(seconds)
        await self._tell_in_order()

    async def _tell_in_order(self) -> None:
        held = self._scene.account.webhooks.held
        new, self._known = held[self._known :], len(held)
        for event in new:
            if event["type"] in EVENT_TYPES:
                self._late.append(event)
                await self._scene.in_order.route(event)

    async def _deal(self) -> None:
        """Let something happen at the harness that knows no order."""
        harness = self._scene.any_order
        if self.pruning:
            await harness.prune()
        what = self._chance.choice(["deliver", "deliver", "repeat", "perform", "interrupt"])
        note(what)
        if what == "perform":
            await harness.perform()
        elif what == "repeat" and self._delivered:
            await harness.route(self._chance.choice(self._delivered))
        elif self._late:
            if what == "interrupt":
                harness.billing.meanwhile = self._meanwhile
            await harness.receive(self._next())
            await harness.work()

    async def _meanwhile(self) -> None:
        """Go on with the story, and let another worker take another event in, while an answer is on its way."""
        if self._moves_left:
            self._moves_left -= 1
            await self._move()
        if self._late:
            event = self._late.pop()
            note(f"meanwhile takes in {told(event)}")
            await self._take_in_beside(event)

    async def _take_in_beside(self, event: Json) -> None:
        """Take an event in and work it off at once, as another worker would."""
        await self._scene.any_order.receive(event)
        await self._scene.any_order.route(event)

    def _next(self) -> Json:
        event = self._late.pop(self._chance.randrange(len(self._late)))
        self._delivered.append(event)
        note(f"takes in {told(event)}")
        return event

    async def _settle(self) -> None:
        """Find by polling what never came, and let time pass till nobody has anything left to do."""
        await self._scene.any_order.flows.event_poller.poll(now=self._scene.now())
        for seconds in (0, 1, 600):
            await self._pause(seconds)
            for harness in (self._scene.in_order, self._scene.any_order):
                await harness.work()
                await harness.perform()


@pytest.mark.timeout(1800)
@EXAMPLES
@given(chance=st.randoms(use_true_random=True))  # a story drawn bit by bit is mostly a variation of the one before
async def test_any_order_gives_the_same_cases(scene: Scene, chance: Random) -> None:
    life = await scene.begin()
    await Telling(scene, life, chance).tell()
    await assert_same(scene, life)


@pytest.mark.timeout(1800)
@settings(EXAMPLES, max_examples=examples(15))  # with renewals a story costs three times as much
@given(chance=st.randoms(use_true_random=True))
async def test_skipped_renewals_change_nothing(scene: Scene, chance: Random) -> None:
    """The harness in order skips nothing: it reads the subscription for every event."""
    life = await scene.begin()
    telling = Telling(scene, life, chance)
    await telling.begin_with_renewals()
    await telling.tell()
    await assert_same(scene, life)


@pytest.mark.timeout(1800)
@settings(EXAMPLES, max_examples=examples(8))
@given(chance=st.randoms(use_true_random=True))
async def test_pruning_changes_nothing(scene: Scene, chance: Random) -> None:
    """At the other harness whatever is finished goes at once, again and again, and many events come once more."""
    life = await scene.begin()
    telling = Telling(scene, life, chance)
    telling.pruning = True
    await telling.tell()
    await scene.any_order.prune()
    for event in scene.account.webhooks.held:
        if event["type"] in EVENT_TYPES:
            await scene.any_order.route(event)
    await scene.any_order.perform()
    await assert_same(scene, life)
    assert scene.any_order.board.replies.total() == scene.in_order.board.replies.total()
    assert await outcomes(scene.any_order) == await outcomes(scene.in_order)


async def outcomes(harness: CaseHarness) -> Sequence[tuple[object, ...]]:
    """Return what came of each case that somebody came back from, as it is stored, without ids of ours."""
    row, subscription = tables.outcomes.c, tables.cases.c.subscription_id
    columns = (subscription, *(each for each in row if each.name not in {"case_id", "person_id", "version"}))
    async with harness.store.read() as unit:
        found = await unit._connection.execute(select(*columns).join(tables.cases, tables.cases.c.id == row.case_id))
        return sorted(map(tuple, found), key=str)


async def assert_same(scene: Scene, life: Life) -> None:
    for subscription in life.subscriptions:
        assert await steps(scene.any_order, subscription) == await steps(scene.in_order, subscription)
    assert shown(scene.any_order) == shown(scene.in_order)


def shown(harness: CaseHarness) -> list[str]:
    return readable(harness.board.cards.values())


def told(event: Json) -> str:
    """Return a name for an event, for the report of a failure."""
    changed = event["data"].get("previous_attributes")
    return f"{event['type']} of {event['created']}, {event['data']['object']['id']}: {changed}"


async def steps(harness: CaseHarness, subscription: Json) -> Sequence[Episode]:
    """Return what each case of a subscription went through, as it is stored."""
    async with harness.store.read() as unit:
        cases = await unit.cases.of_subscription(subscription["id"])
    return [replace(case.episode, canceled_ats=frozenset()) for case in cases if case.episode.state != "withdrawn"]
