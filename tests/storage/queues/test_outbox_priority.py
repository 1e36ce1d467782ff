"""What goes first in the outbox: what somebody waits for, then new cards in order, then edits, then the rest."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from domain.cancellations.stored_case import Place
from domain.ids import CaseId, ChannelId, EffectId, OfferId, ProposalId
from flows.effects import (
    CloseReasonWindow,
    Effect,
    EvaluateCase,
    ExpireOffer,
    OutboxRow,
    PostQueue,
    PrepareOffer,
    Priority,
    ShowCard,
    ShowProposal,
    at_priority,
)
from storage.store import SqlStore
from tests.storage.samples import NOW

SECOND = timedelta(seconds=1)
ME = UUID(int=1)
OFFER = OfferId(UUID(int=3))


def case(number: int) -> CaseId:
    return CaseId(uuid5(ME, str(number)))


async def add(store: SqlStore, *effects: Effect) -> None:
    async with store.begin() as unit:
        for seconds, effect in enumerate(effects):
            await unit.outbox.add(effect, due_at=NOW - timedelta(minutes=1) + seconds * SECOND)
        await unit.commit()


async def show(store: SqlStore, number: int, *, due_at: datetime = NOW) -> EffectId:
    async with store.begin() as unit:
        effect_id = await unit.outbox.request(ShowCard(case(number)), key=f"card:{number}", due_at=due_at)
        await unit.commit()
    return effect_id


async def claim(store: SqlStore, *, limit: int = 20, busy: frozenset[PostQueue] = frozenset()) -> list[OutboxRow]:
    async with store.begin() as unit:
        rows = await unit.outbox.claim(
            "slack", owner=ME, now=NOW, wall=NOW, lease=timedelta(minutes=1), limit=limit, probing=False, busy=busy
        )
        await unit.commit()
    return rows


async def post(store: SqlStore, row: OutboxRow) -> None:
    async with store.begin() as unit:
        assert await unit.outbox.placed(row.id, owner=ME, place=Place(channel=ChannelId("C1"), ts=str(row.id)))
        assert await unit.outbox.done(row.id, owner=ME, shown=row.wanted)
        await unit.commit()


async def test_new_card_goes_before_older_work(store: SqlStore) -> None:
    await add(store, ExpireOffer(OFFER), CloseReasonWindow(case(1)), ShowCard(case(2)), ShowCard(case(3)))
    kinds = [type(row.effect).__name__ for row in await claim(store)]
    assert kinds == ["ShowCard", "ShowCard", "CloseReasonWindow", "ExpireOffer"]


async def test_approval_goes_before_what_nobody_waits_for(store: SqlStore) -> None:
    await add(store, *(EvaluateCase(case(number)) for number in range(5)), PrepareOffer(OFFER))
    async with store.begin() as unit:
        [first] = await unit.outbox.claim(
            "stripe", owner=ME, now=NOW, wall=NOW, lease=timedelta(minutes=1), limit=1, probing=False
        )
    assert first.effect == PrepareOffer(OFFER)


async def test_redraw_of_a_press_overtakes_new_cards(store: SqlStore) -> None:
    posted = await show(store, 0)
    edited = await show(store, 1)
    for row in await claim(store):
        await post(store, row)
    new = [await show(store, number, due_at=NOW - SECOND) for number in range(2, 5)]
    with at_priority(Priority.LATER):
        await show(store, 1)
    await show(store, 0)
    assert [row.id for row in await claim(store)] == [posted, *new, edited]


async def test_press_lifts_an_edit_that_waits(store: SqlStore) -> None:
    posted = await show(store, 0)
    await post(store, (await claim(store))[0])
    with at_priority(Priority.SOON):
        await show(store, 0)
    await show(store, 0)
    with at_priority(Priority.SOON):
        await show(store, 0)
    [row] = await claim(store)
    assert (row.id, row.priority) == (posted, Priority.WAITED_FOR)


async def test_unposted_card_keeps_its_place(store: SqlStore) -> None:
    cards = [await show(store, number) for number in range(3)]
    await show(store, 2)
    assert [row.id for row in await claim(store)] == cards


async def test_card_wanted_again_while_it_is_posted_is_an_edit(store: SqlStore) -> None:
    posted = await show(store, 0)
    [row] = await claim(store)
    await show(store, 0)
    await post(store, row)
    new = await show(store, 1, due_at=NOW)
    assert [each.id for each in await claim(store)] == [new, posted]


async def test_busy_queue_keeps_back_posts_and_not_edits(store: SqlStore) -> None:
    posted = await show(store, 0)
    await post(store, (await claim(store))[0])
    await show(store, 0)
    new = await show(store, 1)
    await add(store, ShowProposal(ProposalId(UUID(int=5))), CloseReasonWindow(case(1)))
    cards: frozenset[PostQueue] = frozenset({"cards"})
    async with store.read() as unit:
        waits = await unit.outbox.waits("slack", now=NOW, wall=NOW, probing=False, busy=cards)
    assert set(waits) == {Priority.WAITED_FOR, Priority.SOON}
    claimed = await claim(store, busy=frozenset({"cards", "approvals"}))
    assert claimed[0].id == posted
    assert [type(row.effect) for row in claimed] == [ShowCard, CloseReasonWindow]
    assert new in {row.id for row in await claim(store)}


async def test_posted_card_of_a_dead_process_is_an_edit(store: SqlStore) -> None:
    await show(store, 1)
    [row] = await claim(store)
    async with store.begin() as unit:
        assert await unit.outbox.placed(row.id, owner=ME, place=Place(channel=ChannelId("C1"), ts="1"))
        await unit.commit()
    async with store.begin() as unit:  # killed here, and started again
        await unit.outbox.give_back(owner=None)
        await unit.commit()
    with at_priority(Priority.SOON):
        await show(store, 1)

    async with store.look() as unit:
        waits = await unit.outbox.waits("slack", now=NOW, wall=NOW, probing=False, busy=frozenset({"cards"}))
    assert waits == {Priority.SOON: timedelta()}
    assert [each.id for each in await claim(store, busy=frozenset({"cards"}))] == [row.id]
