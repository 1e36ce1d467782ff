"""Role snapshots are stored, and replaced only by a process that knew the last one."""

from domain.ids import StaffId
from domain.permissions import Role
from storage.store import SqlStore

ADA, BEN = StaffId("U1"), StaffId("U2")


async def test_nobody_known_differs_from_unknown(store: SqlStore) -> None:
    async with store.begin() as unit:
        assert await unit.role_snapshots.known(Role.MANAGER) is None
        assert await unit.role_snapshots.replace(Role.MANAGER, known=None, members=frozenset())
        assert await unit.role_snapshots.known(Role.MANAGER) == frozenset()
        assert await unit.role_snapshots.known(Role.ADMIN) is None


async def test_only_one_replaces_a_snapshot(store: SqlStore) -> None:
    async with store.begin() as unit:
        assert await unit.role_snapshots.replace(Role.MANAGER, known=None, members=frozenset({ADA, BEN}))
        assert not await unit.role_snapshots.replace(Role.MANAGER, known=None, members=frozenset())
        assert await unit.role_snapshots.replace(Role.MANAGER, known=frozenset({BEN, ADA}), members=frozenset({BEN}))
        assert not await unit.role_snapshots.replace(Role.MANAGER, known=frozenset({ADA, BEN}), members=frozenset())
        assert await unit.role_snapshots.known(Role.MANAGER) == frozenset({BEN})
