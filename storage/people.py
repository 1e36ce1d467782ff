"""Persons behind customers: found by keyed hashes, merged when two turn out to be one."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.ids import CustomerId, PersonId, StaffId
from domain.person import Identity, identify
from flows.memory import PersonKey
from flows.ports import AddressChange
from storage import tables
from storage.statement import changed, insert, on_sqlite

_IDENTIFY_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('winback.people'))")
_key = tables.person_keys.c


class SqlPeople:
    """See `flows.memory.People`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def identify(self, keys: Sequence[PersonKey], *, new_id: PersonId, now: datetime) -> PersonId:
        """Find, create or merge; all keys stand under the current secret key afterwards.

        On PostgreSQL others that identify queue behind this until its transaction ends: whoever is returned cannot
        be merged away before what is written of them is committed.
        """
        if not on_sqlite(self._connection):
            await self._connection.execute(_IDENTIFY_LOCK)
        known = identify(await self._holders(keys))
        if known is None:
            await self._connection.execute(tables.persons.insert().values(id=new_id, created_at=now))
            known = Identity(person_id=new_id, merged=())
        for other in known.merged:
            await self._merge(other, into=known.person_id)
        await self._write_keys(keys, known.person_id)
        return known.person_id

    async def find(self, keys: Sequence[PersonKey]) -> PersonId | None:
        """Find only."""
        known = identify(await self._holders(keys))
        return None if known is None else known.person_id

    async def suppress(self, person_id: PersonId, *, by: StaffId | None, why: str, at: datetime) -> bool:
        """Never contact them again; False: it was so already."""
        new = insert(self._connection, tables.suppressions).values(person_id=person_id, at=at, by=by, why=why)
        return await changed(self._connection, new.on_conflict_do_nothing(index_elements=["person_id"]))

    async def suppressed(self, person_id: PersonId) -> bool:
        """Ask before anything is offered."""
        row = tables.suppressions.c
        return await self._connection.scalar(select(row.person_id).where(row.person_id == person_id)) is not None

    async def note_address_change(self, change: AddressChange) -> None:
        """Remember when an address changed, the newest time only; the addresses themselves are not kept."""
        row = tables.address_changes.c
        new = insert(self._connection, tables.address_changes).values(
            customer_id=change.customer_id, changed_at=change.changed_at
        )
        await self._connection.execute(
            new.on_conflict_do_update(
                index_elements=["customer_id"],
                set_={"changed_at": change.changed_at},
                where=row.changed_at < change.changed_at,
            )
        )

    async def address_changed_at(self, customer_id: CustomerId) -> datetime | None:
        """Say when an address last changed, as far as we know."""
        row = tables.address_changes.c
        return await self._connection.scalar(select(row.changed_at).where(row.customer_id == customer_id))

    async def _holders(self, keys: Sequence[PersonKey]) -> list[PersonId | None]:
        """Say who holds each digest, in the order of the keys."""
        statement = select(_key.kind, _key.digest, _key.person_id).where(or_(*(_any_digest(key) for key in keys)))
        held = {(kind, digest): PersonId(holder) for kind, digest, holder in await self._connection.execute(statement)}
        return [held.get((key.kind, digest)) for key in keys for _, digest in key.digests]

    async def _merge(self, other: PersonId, *, into: PersonId) -> None:
        for table in (tables.person_keys, tables.subscriptions, tables.cases):
            await self._connection.execute(update(table).where(table.c.person_id == other).values(person_id=into))
        row = tables.suppressions.c
        theirs = select(row.at, row.by, row.why).where(row.person_id == other)
        if suppressed := (await self._connection.execute(theirs)).one_or_none():
            await self.suppress(into, at=suppressed.at, by=suppressed.by, why=suppressed.why)
            await self._connection.execute(delete(tables.suppressions).where(row.person_id == other))
        await self._connection.execute(delete(tables.persons).where(tables.persons.c.id == other))

    async def _write_keys(self, keys: Sequence[PersonKey], person_id: PersonId) -> None:
        """Store each key under the current secret key, and drop what stood under older ones."""
        for key in keys:
            key_id, digest = key.digests[0]
            new = insert(self._connection, tables.person_keys).values(
                kind=key.kind, digest=digest, key_id=key_id, person_id=person_id
            )
            await self._connection.execute(new.on_conflict_do_nothing(index_elements=["kind", "digest"]))
            if key.digests[1:]:
                outdated = and_(_any_digest(key), _key.digest != digest)
                await self._connection.execute(delete(tables.person_keys).where(outdated))


def _any_digest(key: PersonKey) -> ColumnElement[bool]:
    return and_(_key.kind == key.kind, _key.digest.in_([digest for _, digest in key.digests]))
