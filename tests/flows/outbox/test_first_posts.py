"""What is posted next: cards one by one, or many in a batch, each once and in the order of the requests."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain, count
from typing import Literal
from uuid import UUID

import pytest

from bot.assembly.flows import Flows
from domain.cancellations.stored_case import Case, Place
from domain.ids import ChannelId, EffectId, PersonId, StaffId, SubscriptionId
from domain.winback.case_card import CardBatch, CaseCard
from flows.effects import PostQueue
from flows.failures import Refused, Unavailable, Unclear
from flows.outbox.first_posts import FirstPosts
from flows.outbox.message_updates import BATCH_EDITED_EVERY, CardUpdates
from flows.winback.policy.active_policy import ActivePolicy
from storage.store import SqlStore
from tests.builders.context import BUILT_IN, a_context
from tests.storage.samples import NOW, case, customer, new_id, subscription

LEASE = timedelta(seconds=30)
SECOND = timedelta(seconds=1)
ME, OTHER = UUID(int=1), UUID(int=2)
CHANNEL = ChannelId("C0BOARD001")
CARDS: frozenset[PostQueue] = frozenset({"cards"})


class Killed(BaseException):
    """The process ends at this very moment: nobody notes anything any more."""


class Channel:
    """The port `Chat` as far as posts need it: what each message is about, and how often batches were edited."""

    def __init__(self) -> None:
        self.posts: list[list[str]] = []
        self.own: dict[str, list[str]] = {}
        self.edits = 0
        self.answers_lost = 0
        self.deleted: set[str] = set()
        self.is_away = False
        self.kill: Literal["before", "after"] | None = None
        self._markers: dict[EffectId, Place] = {}
        self._numbers: Iterator[int] = count()

    async def post_card(self, card: CaseCard, *, marker: EffectId) -> Place:
        return self._post([card.case.subscription_id], marker)

    async def edit_card(self, card: CaseCard, *, place: Place, marker: EffectId) -> None:
        if place.ts in self.deleted:
            raise Refused("the message is gone", fault="request", code="message_gone")

    def batch_digest(self, batch: CardBatch) -> str:
        return repr([(entry.card.case.episode.cancellation.feedback, entry.own_card) for entry in batch])

    async def post_batch(self, batch: CardBatch, *, marker: EffectId) -> Place:
        return self._post([entry.card.case.subscription_id for entry in batch], marker)

    async def edit_batch(self, batch: CardBatch, *, place: Place, marker: EffectId) -> None:
        self.edits += 1
        self.own[place.ts] = [entry.card.case.subscription_id for entry in batch if entry.own_card]

    async def find(self, marker: EffectId, *, near: None, since: datetime) -> Place | None:
        return self._markers.get(marker)

    def _post(self, about: list[str], marker: EffectId) -> Place:
        if self.is_away:
            raise Unavailable("Slack is away")
        kill, self.kill = self.kill, None
        if kill == "before":
            raise Killed
        self.posts.append(about)
        self._markers[marker] = Place(channel=CHANNEL, ts=str(next(self._numbers)))
        if self.answers_lost:
            self.answers_lost -= 1
            raise Unclear("no answer came")
        if kill == "after":
            raise Killed
        return self._markers[marker]


class Shop:
    """Customers who cancel, and the worker that posts about them."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.at = NOW
        self.channel = Channel()
        self.context = a_context(store, chat=self.channel, wall=lambda: self.at)
        self.flows = Flows(self.context, ActivePolicy(store, BUILT_IN, read=lambda: ()))
        self.cards = CardUpdates(self.context)
        self.first_posts = FirstPosts(self.context)
        self._number = count()

    async def cancel(self, many: int) -> list[Case]:
        """Let so many customers cancel, one a second; the newest is asked to be shown first."""
        cases = []
        async with self.store.begin() as unit:
            for number in range(many):
                name = f"sub_{next(self._number):05}"
                person = await unit.people.identify([customer(name)], new_id=PersonId(new_id()), now=NOW)
                row = replace(subscription(person), id=SubscriptionId(name))
                await unit.observations.save_row(row, expected_version=0)
                at = self.at - timedelta(hours=1) + number * SECOND
                cases.append(case(person, subscription_id=name, requested_at=at))
                await unit.cases.add(cases[-1])
            for each in reversed(cases):
                await self.cards.schedule(unit, each, now=self.at)
            await unit.commit()
        return cases

    async def change(self, *cases: Case) -> None:
        async with self.store.begin() as unit:
            for each in cases:
                stored = await unit.cases.get(each.id)
                assert stored is not None
                changed = replace(each, version=stored.version)
                assert await unit.cases.save(changed)
                await self.cards.schedule(unit, changed, now=self.at)
            await unit.commit()

    async def post(self) -> bool:
        """Post what is next, if there is something."""
        row, _ = await self.first_posts.claim(owner=ME, now=self.at, wall=self.at, lease=LEASE)
        if row is None:
            return False
        await self.flows.dispatcher.dispatch(row, owner=ME, now=self.at)
        return True

    async def edit(self) -> None:
        """Do what is due besides first posts."""
        async with self.store.begin() as unit:
            rows = await unit.outbox.claim(
                "slack", owner=ME, now=self.at, wall=self.at, lease=LEASE, limit=50, probing=False, busy=CARDS
            )
            await unit.commit()
        for row in rows:
            await self.flows.dispatcher.dispatch(row, owner=ME, now=self.at)

    async def die(self, kill: Literal["before", "after"]) -> None:
        """Be killed before or after Slack takes the next post; another process takes over."""
        self.channel.kill = kill
        with pytest.raises(Killed):
            await self.post()
        self.first_posts = FirstPosts(self.context)

    async def work(self, span: timedelta) -> None:
        """Let time pass, one message a second."""
        until = self.at + span
        while self.at < until:
            await self.post()
            await self.edit()
            self.at += SECOND


@pytest.fixture
def shop(store: SqlStore) -> Shop:
    return Shop(store)


def names(cases: list[Case]) -> list[str]:
    return [case.subscription_id for case in cases]


async def test_twenty_get_a_card_each_in_order(shop: Shop) -> None:
    cases = await shop.cancel(20)
    await shop.work(21 * SECOND)
    assert shop.channel.posts == [[name] for name in names(cases)]


async def test_more_than_twenty_become_a_batch(shop: Shop) -> None:
    cases = await shop.cancel(21)
    assert await shop.post()
    assert not await shop.post()
    assert shop.channel.posts == [names(cases)]


@pytest.mark.parametrize(("many", "sizes"), [(120, [50, 50, 20]), (104, [50, 50, 1, 1, 1, 1])])
async def test_batches_hold_fifty_and_keep_the_order(shop: Shop, many: int, sizes: list[int]) -> None:
    cases = await shop.cancel(many)
    await shop.work((len(sizes) + 1) * SECOND)
    assert [len(post) for post in shop.channel.posts] == sizes
    assert list(chain.from_iterable(shop.channel.posts)) == names(cases)


async def test_one_is_posted_at_a_time(shop: Shop) -> None:
    await shop.cancel(3)
    first, second = [
        (await FirstPosts(shop.context).claim(owner=owner, now=shop.at, wall=shop.at, lease=LEASE))[0]
        for owner in (ME, OTHER)
    ]
    assert first is not None
    assert second is None
    shop.at += LEASE
    taken_over, _ = await FirstPosts(shop.context).claim(owner=OTHER, now=shop.at, wall=shop.at, lease=LEASE)
    assert taken_over is not None
    assert taken_over.id == first.id


async def test_many_changes_are_one_edit(shop: Shop) -> None:
    cases = await shop.cancel(30)
    await shop.work(2 * SECOND)
    answer = replace(cases[0].episode.cancellation, feedback="unused")
    await shop.change(*(replace(each, episode=replace(each.episode, cancellation=answer)) for each in cases))
    await shop.work(BATCH_EDITED_EVERY)
    assert shop.channel.edits == 0
    await shop.work(3 * SECOND)
    assert shop.channel.edits == 1
    assert [len(post) for post in shop.channel.posts] == [30]


async def test_rows_follow_their_cases_after_pruning(shop: Shop) -> None:
    cases = await shop.cancel(30)
    await shop.work(2 * SECOND)
    async with shop.store.begin() as unit:
        await unit.outbox.prune(await unit.outbox.prunable(due_before=shop.at + LEASE, limit=1000))
        await unit.commit()
    answer = replace(cases[0].episode.cancellation, feedback="unused")
    await shop.change(replace(cases[0], episode=replace(cases[0].episode, cancellation=answer)))
    await shop.work(2 * BATCH_EDITED_EVERY)
    assert shop.channel.edits == 1
    assert [len(post) for post in shop.channel.posts] == [30]


async def test_row_follows_a_case_that_has_its_own_card(shop: Shop) -> None:
    cases = await shop.cancel(30)
    await shop.work(2 * SECOND)
    owned = replace(cases[3], owner=StaffId("U1"), owned_at=shop.at)
    await shop.change(owned)
    await shop.work(3 * BATCH_EDITED_EVERY)
    assert [len(post) for post in shop.channel.posts] == [30, 1]
    edits = shop.channel.edits
    answer = replace(owned.episode.cancellation, feedback="unused")
    await shop.change(replace(owned, episode=replace(owned.episode, cancellation=answer)))
    await shop.work(2 * BATCH_EDITED_EVERY)
    assert shop.channel.edits == edits + 1
    assert [len(post) for post in shop.channel.posts] == [30, 1]


async def test_what_shows_nothing_new_is_no_edit(shop: Shop) -> None:
    cases = await shop.cancel(30)
    await shop.work(2 * SECOND)
    await shop.change(*cases)
    await shop.work(3 * BATCH_EDITED_EVERY)
    assert shop.channel.edits == 0


async def test_opened_case_goes_before_what_waits(shop: Shop) -> None:
    cases = await shop.cancel(70)
    await shop.post()
    async with shop.store.begin() as unit:
        assert await shop.cards.give_own(unit, cases[7], now=shop.at)
        assert not await shop.cards.give_own(unit, cases[60], now=shop.at)  # it stands in no batch yet
        await unit.commit()
    await shop.work(2 * BATCH_EDITED_EVERY)
    assert [len(post) for post in shop.channel.posts] == [50, 1, 20]
    assert shop.channel.posts[1] == [cases[7].subscription_id]
    assert list(shop.channel.own.values()) == [[cases[7].subscription_id]]


async def test_deleted_card_of_a_row_is_posted_again(shop: Shop) -> None:
    cases = await shop.cancel(30)
    await shop.work(2 * SECOND)
    async with shop.store.begin() as unit:
        assert await shop.cards.give_own(unit, cases[7], now=shop.at)
        await unit.commit()
    await shop.work(2 * BATCH_EDITED_EVERY)
    shop.channel.deleted.add("1")
    shop.channel.is_away = True
    await shop.change(replace(cases[7], owner=StaffId("U1"), owned_at=shop.at))
    await shop.work(2 * SECOND)  # it is gone, and can't be posted yet
    shop.channel.is_away = False
    await shop.work(10 * SECOND)
    assert shop.channel.posts[1:] == 2 * [[cases[7].subscription_id]]


async def test_owned_case_gets_its_card_after_what_waits(shop: Shop) -> None:
    cases = await shop.cancel(30)
    await shop.work(2 * SECOND)
    await shop.cancel(1)
    await shop.change(replace(cases[3], owner=StaffId("U1"), owned_at=shop.at))
    await shop.work(4 * BATCH_EDITED_EVERY)
    assert [len(post) for post in shop.channel.posts] == [30, 1, 1]
    assert shop.channel.posts[2] == [cases[3].subscription_id]


async def test_batch_whose_answer_was_lost_is_posted_once(shop: Shop) -> None:
    await shop.cancel(30)
    shop.channel.answers_lost = 1
    await shop.work(20 * SECOND)
    assert [len(post) for post in shop.channel.posts] == [30]


@pytest.mark.parametrize("kill", ["before", "after"])
async def test_killed_while_a_batch_is_posted(shop: Shop, kill: Literal["before", "after"]) -> None:
    """kill -9 between the request and its answer: one message in the end, with each of them once."""
    cases = await shop.cancel(30)
    await shop.die(kill)
    later = await shop.cancel(2)
    shop.at += LEASE
    await shop.work(15 * SECOND)
    assert shop.channel.posts == [names(cases), *([name] for name in names(later))]
    assert shop.channel.edits == (kill == "after")  # it was found, and may have shown less


async def test_failed_card_holds_up_those_behind_it(shop: Shop) -> None:
    cases = await shop.cancel(2)
    row, _ = await shop.first_posts.claim(owner=ME, now=shop.at, wall=shop.at, lease=LEASE)
    assert row is not None
    async with shop.store.begin() as unit:
        await unit.outbox.later(row.id, owner=ME, retry_at=shop.at + 2 * SECOND, fault="Slack could not be reached")
        await unit.commit()
    assert not await shop.post()
    shop.at += 2 * SECOND
    await shop.work(2 * SECOND)
    assert shop.channel.posts == [[name] for name in names(cases)]
