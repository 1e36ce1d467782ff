"""Portal links and return tokens; every use is a guarded change."""

from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, func, or_, select, update

from domain.billing.portal_access import Purpose
from domain.billing.portal_changes import PortalChange, PortalState
from domain.ids import CustomerId, LinkId, StaffId
from flows.ports.store import LinkRow, LinkStep, ReturnRow
from storage import tables
from storage.database.sql_helpers import SqlRepository, columns

_row = tables.links.c
_return = tables.returns.c


class SqlLinks(SqlRepository):
    async def add(self, row: LinkRow) -> None:
        await self._connection.execute(tables.links.insert().values(columns(row) | {"purpose": row.purpose.value}))

    async def get(self, link_id: LinkId) -> LinkRow | None:
        return await self._one(_row.id == link_id)

    async def by_digest(self, token_digest: str) -> LinkRow | None:
        return await self._one(_row.token_digest == token_digest)

    async def of_staff(self, staff_id: StaffId, *, since: datetime) -> list[LinkRow]:
        theirs = select(tables.links).where(_row.made_by == staff_id, _row.made_at >= since)
        found = await self._connection.execute(theirs.order_by(_row.made_at.desc(), _row.id.desc()))
        return [_link(each) for each in found.mappings()]

    async def lock_customer(self, customer_id: CustomerId) -> None:
        await self._lock(customer_id)

    async def of_customer(self, customer_id: CustomerId, *, since: datetime) -> list[LinkRow]:
        theirs = select(tables.links).where(_row.customer_id == customer_id, _row.made_at >= since)
        found = await self._connection.execute(theirs.order_by(_row.made_at, _row.id))
        return [_link(each) for each in found.mappings()]

    async def count_guessed(self, *, since: datetime) -> int:
        guessed = (_row.code_number > 0, _row.code_tries_left <= 0, _row.code_expires_at > since)
        counted = select(func.count()).select_from(tables.links).where(*guessed)
        return (await self._connection.execute(counted)).scalar_one()

    async def use_opening(self, link_id: LinkId, *, now: datetime) -> bool:
        guard = (_row.openings_left > 0, _row.expires_at > now, _row.revoked_at.is_(None))
        return await self._change(link_id, *guard, openings_left=_row.openings_left - 1)

    async def give_back_opening(self, link_id: LinkId) -> None:
        await self._change(link_id, _row.openings_left < _row.openings, openings_left=_row.openings_left + 1)

    async def revoke(self, link_id: LinkId, *, by: StaffId, at: datetime) -> bool:
        return await self._change(link_id, _row.revoked_at.is_(None), revoked_at=at, revoked_by=by)

    async def record_step(self, link_id: LinkId, step: LinkStep, *, at: datetime) -> bool:
        return await self._change(link_id, _row[step].is_(None), **{step: at})

    async def keep_state(self, link_id: LinkId, state: PortalState) -> None:
        await self._change(link_id, _row.opened_with.is_(None), opened_with=state)

    async def keep_changes(self, link_id: LinkId, changed: tuple[PortalChange, ...]) -> None:
        await self._change(link_id, changed=changed)

    async def next_code(self, link_id: LinkId, *, expected_number: int, expires_at: datetime, tries: int) -> bool:
        return await self._change(
            link_id,
            _row.code_number == expected_number,
            code_number=expected_number + 1,
            code_expires_at=expires_at,
            code_tries_left=tries,
        )

    async def use_try(self, link_id: LinkId) -> bool:
        return await self._change(link_id, _row.code_tries_left > 0, code_tries_left=_row.code_tries_left - 1)

    async def give_back_try(self, link_id: LinkId) -> None:
        await self._change(link_id, code_tries_left=_row.code_tries_left + 1)

    async def add_return(self, row: ReturnRow) -> None:
        await self._connection.execute(tables.returns.insert().values(columns(row)))

    async def return_by_digest(self, token_digest: str) -> ReturnRow | None:
        statement = select(tables.returns).where(_return.token_digest == token_digest)
        found = await self._find(statement)
        return None if found is None else ReturnRow(**found)

    async def record_return(self, return_id: LinkId, *, now: datetime, not_since: datetime) -> bool:
        long_ago = or_(_return.read_at.is_(None), _return.read_at < not_since)
        noted = update(tables.returns).where(_return.id == return_id, long_ago).values(read_at=now)
        return await self._changed(noted)

    async def _change(self, link_id: LinkId, *guard: ColumnElement[bool], **values: object) -> bool:
        statement = update(tables.links).where(_row.id == link_id, *guard).values(**values)
        return await self._changed(statement)

    async def _one(self, which: ColumnElement[bool]) -> LinkRow | None:
        found = await self._find(select(tables.links).where(which))
        return None if found is None else _link(found)


def _link(found: RowMapping) -> LinkRow:
    return LinkRow(**{column.key: found[column] for column in _row} | {"purpose": Purpose(found["purpose"])})
