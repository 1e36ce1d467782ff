"""Proposals, which wait for a manager's decision."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, RowMapping, and_, cast, func, literal_column, or_, select

from domain.ids import CaseId, PersonId, ProposalId
from domain.money import Money
from domain.winback.proposal import Draft, ProposalRow, WaitingProposal
from storage import tables
from storage.database.sql_helpers import SqlRepository, columns, insert

_row = tables.proposals.c


class SqlProposals(SqlRepository):
    async def add(self, row: ProposalRow) -> None:
        new = insert(self._connection, tables.proposals).values(_columns(row))
        once = new.on_conflict_do_nothing(index_elements=[_row.case_id, _row.rule, _row.step])
        if not await self._changed(once):
            raise ValueError(f"step {row.step} of the rule {row.rule} was proposed for this case before")

    async def get(self, proposal_id: ProposalId) -> ProposalRow | None:
        found = await self._found(_row.id == proposal_id)
        return found[0] if found else None

    async def save(self, row: ProposalRow) -> bool:
        return await self._update(tables.proposals, _row.id == row.id, row.version, _columns(row))

    async def of_case(self, case_id: CaseId) -> list[ProposalRow]:
        return await self._found(_row.case_id == case_id)

    async def of_cases(self, case_ids: Collection[CaseId]) -> list[ProposalRow]:
        return await self._found(_row.case_id.in_(case_ids))

    async def of_person(self, person_id: PersonId) -> list[ProposalRow]:
        return await self._found(_row.person_id == person_id)

    async def waiting(self, *, now: datetime, first: int, limit: int) -> list[WaitingProposal]:
        subscription = tables.subscriptions.c
        statement = (
            select(tables.proposals, subscription.facts)
            .join_from(tables.proposals, tables.subscriptions, subscription.id == _row.subscription_id)
            .where(_is_waiting(now), subscription.facts.is_not(None))
            .order_by(_row.expires_at, _row.id)
        )
        found = await self._find_all(statement.offset(first).limit(limit))
        return [WaitingProposal(proposal=_proposal(each), customer_name=each["facts"].customer_name) for each in found]

    async def count_waiting(self, *, now: datetime) -> tuple[int, tuple[Money, ...]]:
        charge = cast(func.sum(_row.charge), BigInteger)
        statement = select(_row.charge_currency, func.count(), charge).where(_is_waiting(now))
        found = (await self._connection.execute(statement.group_by(_row.charge_currency))).all()
        charges = (Money(minor, currency) for currency, _, minor in found)
        return sum(number for _, number, _ in found), tuple(sorted(charges, key=lambda each: each.currency))

    async def decided_by_hand(self, rule: str) -> int:
        by_hand = (
            _row.decided_by.is_not(None),
            ~_row.by_standing_approval,
            _row.state.in_(["approved", "declined", "stopped"]),
        )
        statement = select(func.count()).select_from(tables.proposals).where(_row.rule == rule, *by_hand)
        return (await self._connection.execute(statement)).scalar_one()

    async def _found(self, which: ColumnElement[bool]) -> list[ProposalRow]:
        statement = select(tables.proposals).where(which).order_by(_row.created_at, _row.id)
        return [_proposal(found) for found in await self._find_all(statement)]


_READ = [column.name for column in tables.proposals.c if not column.name.startswith("charge")]
"""What the terms cost is stored apart for the sums only."""


def _is_waiting(now: datetime) -> ColumnElement[bool]:
    # The state is a literal: a partial index is used only if the statement shows its condition.
    unanswered = _row.state == literal_column("'open'")
    return and_(unanswered, _row.expires_at > now, or_(_row.snoozed_until.is_(None), _row.snoozed_until <= now))


def _columns(row: ProposalRow) -> dict[str, Any]:
    """Return a proposal as columns, those of its draft among the others, with what it costs for the sums."""
    values, charge = columns(row), row.draft.terms.charge
    del values["draft"]
    return values | columns(row.draft) | {"charge": charge.minor, "charge_currency": charge.currency}


def _proposal(found: RowMapping) -> ProposalRow:
    values = {name: found[name] for name in _READ}
    draft = Draft(terms=values.pop("terms"), note=values.pop("note"), send_at=values.pop("send_at"))
    return ProposalRow(draft=draft, **values)
