"""Rows of the outbox that this version can't read: each ends as dead with one alert, and stops no other."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from bot.assembly.context import WORDING
from domain.ids import CaseId
from flows.effects import AlertDead, EffectState, OutboxRow, ShowCard, UnreadableEffect
from flows.outbox.dispatcher import Attempt, Dispatcher
from flows.outbox.retry_dead import retry_dead
from storage import tables
from storage.store import SqlStore
from tests.builders.context import SETTINGS, a_context

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)
OWNER = UUID(int=1)
ADMIN = "U0ADMIN001"


class Board:
    """Where cards are shown: it counts them."""

    shown = 0

    async def show(self, effect: ShowCard, attempt: Attempt, now: datetime) -> None:
        self.shown += 1


async def add_cards(store: SqlStore, count: int) -> None:
    async with store.begin() as unit:
        for number in range(count):
            await unit.outbox.add(ShowCard(CaseId(UUID(int=number))), key=f"card:{number}", due_at=NOW)
        await unit.commit()


async def spoil(store: SqlStore, key: str, **values: str) -> None:
    async with store._engine.begin() as connection:
        await connection.execute(update(tables.outbox).where(tables.outbox.c.key == key).values(values))


async def run(store: SqlStore, board: Board) -> None:
    """Run what is due in the lane of Slack, as its worker does."""
    context = a_context(store, wall=lambda: LATER, settings=replace(SETTINGS, alarms=(ADMIN,)))
    dispatcher = Dispatcher(context, {ShowCard: board.show})
    async with store.begin() as unit:
        lease = timedelta(seconds=90)
        rows = await unit.outbox.claim(
            "slack", owner=OWNER, now=LATER, wall=LATER, lease=lease, limit=20, probing=False
        )
        await unit.commit()
    for row in rows:
        await dispatcher.dispatch(row, owner=OWNER, now=LATER)


async def listed(store: SqlStore, state: EffectState) -> list[OutboxRow]:
    async with store.read() as unit:
        return await unit.outbox.listed(states=[state], limit=20)


@pytest.mark.parametrize("damage", [{"kind": "send_postcard"}, {"ids": "{"}, {"ids": '{"case_id": "no id"}'}])
async def test_it_ends_with_one_alert_and_the_others_go_on(store: SqlStore, damage: dict[str, str]) -> None:
    board = Board()
    await add_cards(store, 4)
    for key in ("card:0", "card:1"):
        await spoil(store, key, **damage)
    await run(store, board)
    dead = await listed(store, "dead")
    kind = damage.get("kind", "show_card")
    assert [(row.effect, row.fault) for row in dead] == [
        (UnreadableEffect(kind), f"this version cannot read this effect ({kind})")
    ] * 2
    assert board.shown == 2
    (alert,) = await listed(store, "waiting")
    assert isinstance(alert.effect, AlertDead)
    assert (alert.effect.effect_id, alert.effect.to) == (dead[1].id, ADMIN)
    told = WORDING.dead_effect_text(dead[1].effect, dead[1].fault or "", str(dead[1].id))
    assert "damaged or written by another version" in told
    assert f"`winback effects retry {dead[1].id}`" in told


async def test_it_is_done_once_it_can_be_read_again(store: SqlStore) -> None:
    board = Board()
    await add_cards(store, 1)
    await spoil(store, "card:0", kind="send_postcard")
    await run(store, board)
    await spoil(store, "card:0", kind="show_card")
    assert await retry_dead(store, None, who="cli", now=LATER) == 1
    await run(store, board)
    assert board.shown == 1
