"""The persons behind customers: found by keyed hashes, merged when two turn out to be one."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, delete, func, literal, or_, select, text, update

from domain.ids import CustomerId, PersonId, StaffId
from domain.person import Identity, identify
from flows.ports import AddressChange
from flows.ports.store import PersonKey, PersonKeyKind, Suppression, UnsubscribeRow
from storage import tables
from storage.database.sql_helpers import SqlRepository, columns, insert, on_sqlite
from storage.repositories.merge_people import merge

_IDENTIFY_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('winback.people'))")
_key = tables.person_keys.c
_person = tables.persons.c
_suppression = tables.suppressions.c
Held = Mapping[tuple[PersonKeyKind, str], PersonId]
"""Which person holds which digest."""
_SUPPRESSION = (_suppression.by, _suppression.why, _suppression.at)
_unsubscribe = tables.unsubscribes.c


class SqlPeople(SqlRepository):
    async def identify(self, keys: Sequence[PersonKey], *, new_id: PersonId, now: datetime) -> PersonId:
        # On PostgreSQL other calls wait until this transaction ends: the person returned cannot be merged away before
        # what is written of them is committed.
        if not on_sqlite(self._connection):
            await self._connection.execute(_IDENTIFY_LOCK)
        held = await self._held(keys)
        known = identify(_holders(keys, held))
        if known is None:
            await self._connection.execute(tables.persons.insert().values(id=new_id, created_at=now))
            known = Identity(person_id=new_id, merged=())
        for other in known.merged:
            await merge(self._connection, other, into=known.person_id)
        await self._write_keys([key for key in keys if not _stands(key, held)], known.person_id)
        return known.person_id

    async def find(self, keys: Sequence[PersonKey]) -> PersonId | None:
        known = identify(_holders(keys, await self._held(keys)))
        return None if known is None else known.person_id

    async def knows_address(self, customer: PersonKey, address: PersonKey) -> bool | None:
        person = await self.find([customer])
        theirs = select(_key.digest).where(_key.person_id == person, _key.kind == "address")
        known = set(await self._connection.scalars(theirs)) if person is not None else set()
        return not known.isdisjoint(digest for _, digest in address.digests) if known else None

    async def customers(self, person_id: PersonId) -> list[CustomerId]:
        row = tables.subscriptions.c
        theirs = select(row.customer_id).where(row.person_id == person_id).group_by(row.customer_id)
        return list(await self._connection.scalars(theirs.order_by(func.min(row.created_at), row.customer_id)))

    async def suppress(self, person_id: PersonId, *, by: StaffId | None, why: str, at: datetime) -> bool:
        new = insert(self._connection, tables.suppressions).values(person_id=person_id, at=at, by=by, why=why)
        suppressed = (
            new.on_conflict_do_update(
                index_elements=["person_id"],
                set_={"at": at, "by": None, "why": why},
                where=_suppression.by.is_not(None),
            )
            if by is None
            else new.on_conflict_do_nothing(index_elements=["person_id"])
        )
        return await self._changed(suppressed)

    async def suppressed(self, person_id: PersonId) -> bool:
        return await self.suppression(person_id) is not None

    async def suppressed_among(self, person_ids: Collection[PersonId]) -> set[PersonId]:
        statement = select(_suppression.person_id).where(_suppression.person_id.in_(person_ids))
        return set(await self._connection.scalars(statement))

    async def suppression(self, person_id: PersonId) -> Suppression | None:
        statement = select(*_SUPPRESSION).where(_suppression.person_id == person_id)
        found = await self._find(statement)
        return None if found is None else Suppression(**found)

    async def unsuppress(self, person_id: PersonId) -> bool:
        by_staff = (_suppression.person_id == person_id, _suppression.by.is_not(None))
        return await self._changed(delete(tables.suppressions).where(*by_staff))

    async def suppressions(self) -> list[tuple[PersonId, Suppression]]:
        statement = select(_suppression.person_id, *_SUPPRESSION).order_by(_suppression.at, _suppression.person_id)
        return [
            (PersonId(found.person_id), Suppression(by=found.by, why=found.why, at=found.at))
            for found in await self._connection.execute(statement)
        ]

    async def draw_holdout(self, person_id: PersonId, *, drawn: bool) -> bool:
        undrawn = update(tables.persons).where(_person.id == person_id, _person.holdout.is_(None))
        if await self._changed(undrawn.values(holdout=drawn)):
            return drawn
        return bool((await self._connection.execute(_holdout_of(person_id))).scalar_one())

    async def holdout(self, person_id: PersonId) -> bool | None:
        standing: bool | None = await self._connection.scalar(_holdout_of(person_id))
        return standing

    async def record_card(self, person_id: PersonId, digests: Sequence[tuple[str, str]]) -> None:
        (key_id, digest), *older = digests
        cards = tables.person_cards
        new = insert(self._connection, cards)
        theirs = new.values(digest=digest, key_id=key_id, person_id=person_id)
        await self._connection.execute(theirs.on_conflict_do_nothing())
        if older:
            outdated = cards.c.digest.in_([each for _, each in older])
            others = select(literal(digest), literal(key_id), cards.c.person_id).where(outdated).distinct()
            rewritten = new.from_select(["digest", "key_id", "person_id"], others)
            await self._connection.execute(rewritten.on_conflict_do_nothing())
            await self._connection.execute(delete(cards).where(outdated))

    async def add_unsubscribe(self, row: UnsubscribeRow) -> None:
        await self._connection.execute(tables.unsubscribes.insert().values(columns(row)))

    async def unsubscribe_of(self, person_id: PersonId) -> UnsubscribeRow | None:
        return await self._unsubscribe(_unsubscribe.person_id == person_id)

    async def unsubscribe_by_digest(self, token_digest: str) -> UnsubscribeRow | None:
        return await self._unsubscribe(_unsubscribe.token_digest == token_digest)

    async def record_address_change(self, change: AddressChange) -> None:
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
        row = tables.address_changes.c
        return await self._connection.scalar(select(row.changed_at).where(row.customer_id == customer_id))

    async def _held(self, keys: Sequence[PersonKey]) -> Held:
        statement = select(_key.kind, _key.digest, _key.person_id).where(or_(*(_any_digest(key) for key in keys)))
        return {(kind, digest): PersonId(holder) for kind, digest, holder in await self._connection.execute(statement)}

    async def _unsubscribe(self, which: ColumnElement[bool]) -> UnsubscribeRow | None:
        newest = select(tables.unsubscribes).where(which).order_by(_unsubscribe.made_at.desc()).limit(1)
        found = await self._find(newest)
        return None if found is None else UnsubscribeRow(**found)

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


def _holders(keys: Sequence[PersonKey], held: Held) -> list[PersonId | None]:
    """Return who holds each digest, in the order of the keys."""
    return [held.get((key.kind, digest)) for key in keys for _, digest in key.digests]


def _stands(key: PersonKey, held: Held) -> bool:
    """Return whether a key is stored under the current secret key and under no older one."""
    (_, newest), *older = key.digests
    return (key.kind, newest) in held and not any((key.kind, digest) in held for _, digest in older)


def _any_digest(key: PersonKey) -> ColumnElement[bool]:
    return and_(_key.kind == key.kind, _key.digest.in_([digest for _, digest in key.digests]))


def _holdout_of(person_id: PersonId) -> Select[bool | None]:
    return select(_person.holdout).where(_person.id == person_id)
