"""Who was known to have a role when it was last looked at."""

from typing import Protocol

from domain.ids import StaffId
from domain.permissions import Role


class RoleSnapshots(Protocol):
    """The members of each role as they were last known."""

    async def known(self, role: Role) -> frozenset[StaffId] | None:
        """Name those who were known to have a role; None: nobody has looked yet."""

    async def replace(self, role: Role, *, known: frozenset[StaffId] | None, members: frozenset[StaffId]) -> bool:
        """Store who has a role now, guarded by who was `known` to have it."""
