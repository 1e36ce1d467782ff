"""The outbox: asked once or as desired state, claimed by one at a time, given back when its worker is gone."""

import asyncio
from datetime import datetime, timedelta
from itertools import chain
from uuid import UUID, uuid5

import pytest
from sqlalchemy import update

from domain.cancellations.stored_case import Place
from domain.ids import CaseId, ChannelId, EffectId, LinkId, StaffId, SubscriptionId
from flows.effects import (
    AlertLookups,
    Effect,
    EmailLink,
    Lane,
    NotifyUnsentEmail,
    OutboxRow,
    Priority,
    RefreshSubscription,
    ShowCard,
    UnreadableEffect,
)
from storage import tables
from storage.queues.outbox_due import OTHER_VERSION
from storage.store import SqlStore
from tests.databases import KEYRING
from tests.storage.samples import NOW, new_id

LEASE = timedelta(seconds=90)
SECOND = timedelta(seconds=1)
ME, OTHER = UUID(int=1), UUID(int=2)
CARD = ShowCard(CaseId(UUID(int=7)))
PLACE = Place(channel=ChannelId("C1"), ts="1700000000.000100")


async def want(store: SqlStore, effect: Effect = CARD, *, key: str = "card", due_at: datetime = NOW) -> EffectId:
    async with store.begin() as unit:
        effect_id = await unit.outbox.request(effect, key=key, due_at=due_at)
        await unit.commit()
    return effect_id


async def claim(
    store: SqlStore,
    owner: UUID = ME,
    *,
    lane: Lane = "slack",
    at: datetime = NOW,
    limit: int = 10,
    probing: bool = False,
) -> list[OutboxRow]:
    async with store.begin() as unit:
        rows = await unit.outbox.claim(lane, owner=owner, now=at, wall=at, lease=LEASE, limit=limit, probing=probing)
        await unit.commit()
    return rows


async def row(store: SqlStore, effect_id: EffectId) -> OutboxRow:
    async with store.read() as unit:
        found = await unit.outbox.row(effect_id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "effect",
    [
        CARD,
        RefreshSubscription(SubscriptionId("sub_1")),
        EmailLink(LinkId(UUID(int=9))),
        NotifyUnsentEmail(EffectId(UUID(int=4)), LinkId(UUID(int=5))),
        AlertLookups(StaffId("U1"), StaffId("U2")),
    ],
)
async def test_an_effect_comes_back_as_it_was_asked_for(store: SqlStore, effect: Effect) -> None:
    await want(store, effect)
    [claimed] = await claim(store, lane=effect.lane)
    assert claimed.effect == effect
    assert (claimed.state, claimed.attempts, claimed.wanted, claimed.shown) == ("running", 1, 1, 0)


async def test_key_is_added_once(store: SqlStore) -> None:
    async with store.begin() as unit:
        first = await unit.outbox.add(CARD, due_at=NOW, key="once")
        again = await unit.outbox.add(CARD, due_at=NOW, key="once")
        keyless = [await unit.outbox.add(CARD, due_at=NOW) for _ in range(2)]
        await unit.commit()
    assert first is not None
    assert again is None
    assert None not in keyless
    await claim(store)
    async with store.begin() as unit:
        assert await unit.outbox.done(first, owner=ME, shown=1)
        assert await unit.outbox.add(CARD, due_at=NOW, key="once") is None


async def test_wanting_again_coalesces(store: SqlStore) -> None:
    first = await want(store, due_at=NOW + 10 * SECOND)
    assert await want(store, due_at=NOW + 20 * SECOND) == first
    assert (await row(store, first)).due_at == NOW + 10 * SECOND
    assert await want(store, due_at=NOW + 5 * SECOND) == first
    found = await row(store, first)
    assert (found.due_at, found.wanted, found.shown) == (NOW + 5 * SECOND, 3, 0)


async def test_a_done_row_wakes_at_the_new_moment(store: SqlStore) -> None:
    card = await want(store)
    await claim(store)
    async with store.begin() as unit:
        assert await unit.outbox.done(card, owner=ME, shown=1)
        await unit.commit()
    assert (await row(store, card)).state == "done"
    await want(store, due_at=NOW + 10 * SECOND)
    found = await row(store, card)
    assert (found.state, found.due_at, found.wanted, found.shown) == ("waiting", NOW + 10 * SECOND, 2, 1)


async def test_wanted_while_running_runs_again(store: SqlStore) -> None:
    card = await want(store)
    [running] = await claim(store)
    await want(store)
    assert await claim(store, OTHER) == []
    async with store.begin() as unit:
        assert await unit.outbox.done(card, owner=ME, shown=running.wanted)
        await unit.commit()
    [again] = await claim(store, OTHER)
    assert (again.wanted, again.shown, again.attempts) == (2, 1, 1)


async def test_only_a_retry_revives_the_dead(store: SqlStore) -> None:
    card = await want(store)
    await claim(store)
    async with store.begin() as unit:
        assert await unit.outbox.settle(card, owner=ME, state="dead", fault="channel_not_found")
        await unit.commit()
    await want(store)
    assert await claim(store) == []
    found = await row(store, card)
    assert (found.state, found.fault, found.wanted) == ("dead", "channel_not_found", 2)
    async with store.begin() as unit:
        assert await unit.outbox.retry(card)
        assert not await unit.outbox.retry(card)
        await unit.commit()
    [revived] = await claim(store)
    assert (revived.wanted, revived.attempts, revived.fault) == (2, 1, None)


async def test_place_settles_the_attempt(store: SqlStore) -> None:
    card = await want(store)
    await claim(store)
    async with store.begin() as unit:
        assert await unit.outbox.begin_attempt(card, owner=ME, wall=NOW)
        await unit.commit()
    assert (await row(store, card)).attempt_started_at == NOW
    [reclaimed] = await claim(store, OTHER, at=NOW + LEASE)
    assert (reclaimed.attempt_started_at, reclaimed.attempts) == (NOW, 2)
    async with store.begin() as unit:
        assert not await unit.outbox.placed(card, owner=ME, place=PLACE)
        assert not await unit.outbox.done(card, owner=ME, shown=1)
        assert await unit.outbox.placed(card, owner=OTHER, place=PLACE)
        await unit.commit()
    found = await row(store, card)
    assert (found.place, found.attempt_started_at) == (PLACE, None)
    async with store.begin() as unit:
        assert await unit.outbox.placed(card, owner=OTHER, place=None)
        await unit.commit()
    assert (await row(store, card)).place is None


async def test_no_attempt_begins_on_a_lease_that_ran_out(store: SqlStore) -> None:
    card = await want(store)
    await claim(store)
    async with store.begin() as unit:
        assert not await unit.outbox.begin_attempt(card, owner=ME, wall=NOW + LEASE)
        assert not await unit.outbox.begin_attempt(card, owner=OTHER, wall=NOW)
        assert await unit.outbox.begin_attempt(card, owner=ME, wall=NOW)


async def test_renewed_lease_runs_on(store: SqlStore) -> None:
    first, second = await want(store), await want(store, key="other")
    await claim(store)
    async with store.begin() as unit:
        await unit.outbox.renew([first], owner=ME, until=NOW + 2 * LEASE)
        await unit.outbox.renew([first], owner=ME, until=NOW + LEASE)  # never shorter
        await unit.outbox.renew([second], owner=OTHER, until=NOW + 2 * LEASE)
        await unit.commit()
    assert [each.id for each in await claim(store, OTHER, at=NOW + LEASE)] == [second]
    assert [each.id for each in await claim(store, OTHER, at=NOW + 2 * LEASE)] == [first, second]


async def test_later_attempt_stays_unclear(store: SqlStore) -> None:
    card = await want(store)
    await claim(store)
    async with store.begin() as unit:
        await unit.outbox.begin_attempt(card, owner=ME, wall=NOW)
        assert await unit.outbox.later(card, owner=ME, retry_at=NOW + 5 * SECOND, fault="time-out")
        await unit.commit()
    await want(store)  # does not shorten a wait that the other side asked for
    assert await claim(store, at=NOW + 4 * SECOND) == []
    [again] = await claim(store, at=NOW + 5 * SECOND)
    assert (again.attempt_started_at, again.fault, again.attempts) == (NOW, "time-out", 2)
    async with store.begin() as unit:
        await unit.outbox.no_effect(card, owner=ME)
        await unit.commit()
    assert (await row(store, card)).attempt_started_at is None


async def test_row_is_claimed_by_its_key(store: SqlStore) -> None:
    async def claim_one(owner: UUID = ME, *, key: str = "card", at: datetime = NOW) -> OutboxRow | None:
        async with store.begin() as unit:
            found = await unit.outbox.claim_one(key, owner=owner, wall=at, lease=LEASE)
            await unit.commit()
        return found

    card = await want(store, due_at=NOW + 10 * SECOND)
    assert await claim_one(key="another") is None
    async with store.begin() as unit:
        await unit.outbox.pause("slack", at=NOW, why="token_revoked")
        await unit.commit()
    assert await claim_one() is None
    async with store.begin() as unit:
        await unit.outbox.resume("slack")
        await unit.commit()
    found = await claim_one()
    assert found is not None
    assert (found.id, found.state, found.attempts) == (card, "running", 1)
    assert await claim_one(OTHER) is None
    assert await claim(store, OTHER, at=NOW + 10 * SECOND) == []
    async with store.begin() as unit:
        assert await unit.outbox.begin_attempt(card, owner=ME, wall=NOW)
        assert await unit.outbox.later(card, owner=ME, retry_at=NOW + 5 * SECOND, fault="time-out")
        await unit.commit()
    assert await claim_one() is None
    again = await claim_one(OTHER, at=NOW + 5 * SECOND)
    assert again is not None
    async with store.begin() as unit:
        assert await unit.outbox.done(card, owner=OTHER, shown=1)
        await unit.commit()
    assert await claim_one(at=NOW + 5 * SECOND) is None


async def test_oldest_due_comes_first(store: SqlStore) -> None:
    second = await want(store, key="b", due_at=NOW - SECOND)
    first = await want(store, key="a", due_at=NOW - 2 * SECOND)
    await want(store, key="c", due_at=NOW + SECOND)
    assert [found.id for found in await claim(store, limit=1)] == [first]
    assert [found.id for found in await claim(store)] == [second]


async def test_a_paused_lane_waits_and_can_be_probed(store: SqlStore) -> None:
    card = await want(store)
    email = await want(store, EmailLink(LinkId(UUID(int=9))), key="email")
    async with store.begin() as unit:
        assert await unit.outbox.pause("slack", at=NOW, why="token_revoked")
        assert not await unit.outbox.pause("slack", at=NOW, why="again")
        assert await unit.outbox.paused() == {"slack": "token_revoked"}
        await unit.commit()
    assert await claim(store) == []
    assert [found.id for found in await claim(store, lane="mail")] == [email]
    assert [found.id for found in await claim(store, probing=True)] == [card]
    async with store.begin() as unit:
        assert await unit.outbox.resume("slack")
        assert not await unit.outbox.resume("slack")
        await unit.outbox.give_back(owner=ME)
        await unit.commit()
    assert [found.id for found in await claim(store, OTHER)] == [card]


async def test_event_leaves_a_pause_to_the_effect_that_is_probed(store: SqlStore) -> None:
    async def resume() -> bool:
        async with store.begin() as unit:
            resumed = await unit.outbox.resume("slack", by_event=True)
            await unit.commit()
        return resumed

    card = await want(store)
    await claim(store)
    async with store.begin() as unit:
        await unit.outbox.later(card, owner=ME, retry_at=NOW, fault="missing_scope")
        await unit.outbox.pause("slack", at=NOW, why="missing_scope")
        await unit.commit()
    assert not await resume()
    await claim(store, probing=True)
    async with store.begin() as unit:
        await unit.outbox.later(card, owner=ME, retry_at=NOW, fault="time-out")
        await unit.commit()
    assert await resume()
    assert not await resume()


async def test_all_leases_can_be_released(store: SqlStore) -> None:
    card = await want(store)
    await claim(store, OTHER)
    async with store.begin() as unit:
        assert await unit.outbox.begin_attempt(card, owner=OTHER, wall=NOW)
        await unit.commit()
    assert await claim(store) == []
    async with store.begin() as unit:
        await unit.outbox.give_back(owner=None)
        await unit.commit()
    [found] = await claim(store)
    assert (found.id, found.attempt_started_at) == (card, NOW)


async def test_it_says_how_long_till_something_is_due(store: SqlStore) -> None:
    async def wait(at: datetime = NOW, *, probing: bool = False) -> timedelta | None:
        async with store.read() as unit:
            found = await unit.outbox.waits("slack", now=at, wall=at, probing=probing)
        return min(found.values(), default=None)

    assert await wait() is None
    card = await want(store, due_at=NOW + 10 * SECOND)
    assert await wait() == 10 * SECOND
    assert await wait(NOW + 11 * SECOND) == -SECOND
    await claim(store, at=NOW + 11 * SECOND)
    assert await wait(NOW + 11 * SECOND) == LEASE
    async with store.begin() as unit:
        await unit.outbox.later(card, owner=ME, retry_at=NOW + 20 * SECOND, fault="429")
        await unit.commit()
    assert await wait(NOW + 11 * SECOND) == 9 * SECOND
    async with store.begin() as unit:
        await unit.outbox.pause("slack", at=NOW, why="token_revoked")
        await unit.commit()
    assert await wait() is None
    assert await wait(NOW + 11 * SECOND, probing=True) == 9 * SECOND


async def test_it_counts_what_is_due_and_not_done(store: SqlStore) -> None:
    dead, done, *_ = [await want(store, key=key) for key in "abcde"]
    await want(store, EmailLink(LinkId(UUID(int=9))), key="email")
    await want(store, key="later", due_at=NOW + SECOND)
    await claim(store, limit=3)
    async with store.begin() as unit:
        await unit.outbox.settle(dead, owner=ME, state="dead", fault="is_archived")
        await unit.outbox.done(done, owner=ME, shown=1)
        await unit.commit()
    async with store.read() as unit:
        assert await unit.outbox.counts(now=NOW) == {"dead": 1, "running": 1, "waiting": 3}


async def test_it_lists_by_state(store: SqlStore) -> None:
    ids = [await want(store, key=key) for key in "abc"]
    await claim(store, limit=1)
    async with store.read() as unit:
        assert [found.id for found in await unit.outbox.listed(states=["waiting", "running"], limit=2)] == ids[:0:-1]
        found = await unit.outbox.by_key("a")
    assert found is not None
    assert (found.id, found.state) == (ids[0], "running")


async def spoil(store: SqlStore, **values: str) -> None:
    async with store._engine.begin() as connection:
        await connection.execute(update(tables.outbox).where(tables.outbox.c.key == "card").values(values))


async def test_unknown_kind_is_left_to_another_version_first(store: SqlStore) -> None:
    card = await want(store)
    await spoil(store, kind="send_offer")
    late = NOW + OTHER_VERSION
    assert await claim(store, at=late - SECOND) == []
    async with store.read() as unit:
        now = late - SECOND
        assert await unit.outbox.waits("slack", now=now, wall=late, probing=True) == {}
        found = await unit.outbox.waits("slack", now=late, wall=late, probing=False)
        assert found == {Priority.NEW_CARD: -OTHER_VERSION}
    (claimed,) = await claim(store, at=late)
    assert (claimed.id, claimed.effect) == (card, UnreadableEffect("send_offer"))


@pytest.mark.parametrize("ids", ["", "{", "[]", "null", '{"case_id": 7}', '{"case": "x"}', "\ufffd"])
async def test_damaged_row_stops_no_other(store: SqlStore, ids: str) -> None:
    damaged = await want(store)
    other = await want(store, key="other")
    await spoil(store, ids=ids)
    assert [(each.id, each.effect) for each in await claim(store)] == [
        (damaged, UnreadableEffect("show_card")),
        (other, CARD),
    ]
    async with store.read() as unit:
        listed = await unit.outbox.listed(states=["running"], limit=9)
    assert {each.id for each in listed} == {damaged, other}


async def test_asking_again_mends_a_damaged_row(store: SqlStore) -> None:
    card = await want(store)
    await spoil(store, ids="{")
    assert (await row(store, card)).effect == UnreadableEffect("show_card")
    await want(store)
    assert (await row(store, card)).effect == CARD


async def test_no_row_is_handed_to_two(store: SqlStore, database_url: str) -> None:
    """Twenty workers of two processes claim a hundred rows."""
    other = SqlStore(database_url, keyring=KEYRING, new_id=new_id)
    async with store.begin() as unit:
        for number in range(100):
            await unit.outbox.add(ShowCard(CaseId(uuid5(ME, str(number)))), due_at=NOW)
        await unit.commit()

    async def work(store: SqlStore) -> list[EffectId]:
        mine: list[EffectId] = []
        while rows := await claim(store, new_id(), limit=3):
            mine += [found.id for found in rows]
        return mine

    taken = list(chain(*await asyncio.gather(*(work(each) for each in [store, other] * 10))))
    await other.close()
    assert len(taken) == len(set(taken)) == 100


async def test_committed_effect_wakes_the_worker(store: SqlStore) -> None:
    async with store.begin() as unit:
        await unit.outbox.request(CARD, key="card", due_at=NOW)
    assert not await store.wakeups.outbox["slack"].wait(timedelta(0))
    await want(store)
    assert await store.wakeups.outbox["slack"].wait(timedelta(0))
