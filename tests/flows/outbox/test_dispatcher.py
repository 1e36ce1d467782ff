"""An effect whose result can't be stored: what may have happened counts as unclear, never as not done."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from domain.cancellations.stored_case import Place
from domain.ids import CaseId, ChannelId, EffectId, EventId
from flows.effects import OutboxRow, ShowCard
from flows.failures import DatabaseUnavailable
from flows.outbox.dispatcher import Attempt, Dispatcher, Near
from storage.store import SqlStore
from storage.unit_of_work import SqlUnitOfWork
from tests.builders.context import a_context
from tests.databases import KEYRING

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
OWNER = UUID(int=1)
CARD = ShowCard(CaseId(UUID(int=7)))
PLACE = Place(channel=ChannelId("C1"), ts="1700000000.000100")


class Failing(SqlStore):
    """A store whose database is away for one of its writes, counted from 1."""

    away_at = 0

    @asynccontextmanager
    async def begin(self, *, cause: EventId | None = None) -> AsyncIterator[SqlUnitOfWork]:
        self.away_at -= 1
        if self.away_at == 0:
            raise DatabaseUnavailable("the database is locked by another program")
        async with super().begin(cause=cause) as unit:
            yield unit

    @asynccontextmanager
    async def write(self) -> AsyncIterator[SqlUnitOfWork]:
        async with self.begin() as unit:
            yield unit


class Board:
    """Where cards are posted: it counts them."""

    def __init__(self) -> None:
        self.posted = 0

    async def post(self, *, marker: EffectId) -> Place:
        self.posted += 1
        return PLACE

    async def find(self, marker: EffectId, *, near: Near, since: datetime) -> Place | None:
        return PLACE if self.posted else None

    async def show(self, effect: ShowCard, attempt: Attempt, now: datetime) -> None:
        await attempt.post_once(self.post, near=None)


async def claimed(store: SqlStore, wall: datetime) -> OutboxRow:
    async with store.begin() as unit:
        [row] = await unit.outbox.claim(
            "slack", owner=OWNER, now=NOW, wall=wall, lease=timedelta(seconds=90), limit=1, probing=False
        )
        await unit.commit()
    return row


async def noted(store: SqlStore, effect_id: EffectId) -> OutboxRow:
    async with store.read() as unit:
        row = await unit.outbox.row(effect_id)
    assert row is not None
    return row


@pytest.mark.parametrize(
    ("away_at", "posted", "attempt_noted", "place"),
    [
        (1, 0, False, None),  # the attempt could not be noted, so nothing was posted
        (2, 1, True, None),  # it was posted, but its place couldn't be stored
        (3, 1, False, PLACE),  # only that it is done could not be noted
    ],
)
async def test_short_outage_doubles_nothing(
    store: SqlStore, database_url: str, *, away_at: int, posted: int, attempt_noted: bool, place: Place | None
) -> None:
    failing = Failing(database_url, keyring=KEYRING, new_id=uuid4)
    board = Board()
    moment = NOW
    dispatcher = Dispatcher(a_context(failing, chat=board, wall=lambda: moment), {ShowCard: board.show})
    async with store.begin() as unit:
        effect_id = await unit.outbox.request(CARD, key="card", due_at=NOW)
        await unit.commit()
    row = await claimed(store, moment)
    failing.away_at = away_at
    try:
        await dispatcher.dispatch(row, owner=OWNER, now=NOW)
    except DatabaseUnavailable:
        assert away_at == 3  # the lease runs out by itself
    left = await noted(store, effect_id)
    assert (board.posted, left.attempt_started_at is not None, left.place) == (posted, attempt_noted, place)
    moment = NOW + timedelta(minutes=10)
    await dispatcher.dispatch(await claimed(store, moment), owner=OWNER, now=NOW)
    left = await noted(store, effect_id)
    assert (board.posted, left.state, left.place) == (1, "done", PLACE)
    await failing.close()
