"""All sending is paused by one and goes on by one, and it is known who paused it."""

from datetime import timedelta

from domain.ids import StaffId
from flows.ports.store import SendingPause
from storage.store import SqlStore
from tests.storage.samples import NOW

ADA, BEN = StaffId("U1"), StaffId("U2")


async def test_sending_is_paused_and_resumed(store: SqlStore) -> None:
    async with store.begin() as unit:
        assert await unit.sending_pauses.current() is None
        assert not await unit.sending_pauses.end()
        assert await unit.sending_pauses.begin(by=ADA, at=NOW)
        assert not await unit.sending_pauses.begin(by=BEN, at=NOW + timedelta(hours=1))
        assert await unit.sending_pauses.current() == SendingPause(by=ADA, at=NOW)
        assert await unit.sending_pauses.end()
        assert await unit.sending_pauses.current() is None
        assert await unit.sending_pauses.begin(by=BEN, at=NOW)
