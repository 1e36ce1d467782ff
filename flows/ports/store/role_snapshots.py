"""The members of each role at the last check."""

from typing import Protocol

from domain.ids import StaffId
from domain.permissions import Role


class RoleSnapshots(Protocol):
    """The members of each role at the last check."""

    async def known(self, role: Role) -> frozenset[StaffId] | None:
        """Return the members at the last check; None: there was none yet."""

    async def replace(self, role: Role, *, known: frozenset[StaffId] | None, members: frozenset[StaffId]) -> bool:
        """Store the members now, guarded by those `known` before."""
