"""A store for trying things: whatever is written in a transaction is seen there, and gone with its end."""

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.store import SqlStore
from storage.unit_of_work import SqlUnitOfWork


class DryRunStore(SqlStore):
    """A store that keeps nothing: no transaction is ever committed."""

    def _unit(self, connection: AsyncConnection, *, cause: str | None) -> SqlUnitOfWork:
        return _Uncommitted(connection, keyring=self._keyring, new_id=self._new_id, wakeups=self.wakeups, cause=cause)


class _Uncommitted(SqlUnitOfWork):
    async def commit(self) -> None:
        """Leave it at that; who ends the transaction rolls it back."""
