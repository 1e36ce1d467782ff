"""The audit record: each row's MAC covers its entry and the MAC before, under a key outside the database."""

import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from uuid import UUID

from sqlalchemy import select, tuple_, update

from domain.ids import is_recorded_id
from domain.keyring import Keyring, UnknownKey
from domain.permissions import Action
from flows.ports.store import AuditEntry, AuditRow
from storage import tables
from storage.database.sql_helpers import SqlRepository, columns, insert, take

_CHAIN = "audit"
NO_ID = "not-an-id"
"""Stands in the record for what somebody sent in the place of an id."""

_row = tables.audit.c
_ADD = tables.audit.insert()
_MOVE = update(tables.audit_head)
_NEWEST = select(tables.audit_head).with_for_update()


@dataclass(frozen=True, slots=True)
class SqlAudit(SqlRepository):
    _keyring: Keyring

    async def append(self, entry: AuditEntry) -> None:
        if entry.whom is not None and not _is_recordable(entry.action, entry.whom):
            entry = replace(entry, whom=NO_ID)
        head = tables.audit_head
        before = (await self._connection.execute(_NEWEST)).one_or_none()
        if before is None:
            start = insert(self._connection, head).values(chain=_CHAIN, number=0, mac="")
            await self._connection.execute(start.on_conflict_do_nothing(index_elements=["chain"]))
            before = (await self._connection.execute(_NEWEST)).one()
        number, key_id = before.number + 1, self._keyring.current
        mac = _mac(self._keyring, key_id, number, entry, before.mac)
        values = {**columns(entry), "number": number, "key_id": key_id, "mac": mac}
        await self._connection.execute(_ADD, values)
        await self._connection.execute(_MOVE, {"number": number, "mac": mac})

    async def rows(self, *, after: int, limit: int) -> list[AuditRow]:
        statement = select(tables.audit).where(_row.number > after).order_by(_row.number).limit(limit)
        found = [dict(row) for row in await self._find_all(statement)]
        return [AuditRow(entry=take(AuditEntry, values), **values) for values in found]

    async def head(self) -> str:
        stored = await self._find(select(tables.audit_head).where(tables.audit_head.c.chain == _CHAIN))
        return "0:" if stored is None else _written(stored["number"], stored["mac"])

    async def unknown(self, digests: Sequence[tuple[str, str]], *, new_id: UUID) -> UUID:
        row = tables.unknown_addresses.c
        (key_id, digest), *older = digests
        known = select(row.id).where(row.digest == digest, row.key_id == key_id)
        if older and await self._connection.scalar(known) is None:
            # One of them: an address that was looked up in two spellings may have two, and the other stays as it is.
            outdated = select(row.id).where(tuple_(row.key_id, row.digest).in_(older)).order_by(row.id).limit(1)
            rewritten = update(tables.unknown_addresses).where(row.id == outdated.scalar_subquery())
            await self._connection.execute(rewritten.values(key_id=key_id, digest=digest))
        new = insert(self._connection, tables.unknown_addresses).values(id=new_id, digest=digest, key_id=key_id)
        await self._connection.execute(new.on_conflict_do_nothing(index_elements=["digest", "key_id"]))
        standing: UUID = (await self._connection.execute(known)).scalar_one()
        return standing


def _is_recordable(action: str, whom: str) -> bool:
    named = action == Action.APPROVE_RULE.value and "@" not in whom  # a rule's name, from the policy
    return named or is_recorded_id(whom)


def verify(rows: Iterable[AuditRow], *, keyring: Keyring, before: AuditRow | None = None) -> int | None:
    """Return the number of the first row that is missing, changed or of an unknown key; None if the chain is whole.

    `rows` are in order and follow `before`, or begin the chain. Rows that were cut off at the end leave a shorter but
    whole chain: only a head noted earlier (see `head`) shows that they are missing.
    """
    number, mac = (before.number, before.mac) if before else (0, "")
    for row in rows:
        number += 1
        try:
            right = _mac(keyring, row.key_id, number, row.entry, mac)
        except UnknownKey:
            return number
        if row.number != number or not hmac.compare_digest(row.mac, right):
            return number
        mac = row.mac
    return None


def head(row: AuditRow) -> str:
    """Return a row as the head of the chain, to be noted elsewhere: its number and its MAC."""
    return _written(row.number, row.mac)


def _written(number: int, mac: str) -> str:
    return f"{number}:{mac}"


def _mac(keyring: Keyring, key_id: str, number: int, entry: AuditEntry, before: str) -> str:
    """Return the MAC of a row; JSON keeps its fields apart, whatever they contain."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    fields = [number, entry.who, entry.action, entry.whom, at, entry.outcome, entry.note, before]
    return keyring.mac("audit", json.dumps(fields).encode(), key_id=key_id).hex()
