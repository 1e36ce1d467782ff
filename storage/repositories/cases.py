"""Cases, and what people did with them."""

from collections import defaultdict
from datetime import datetime
from statistics import median_low
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Subquery, and_, literal_column, select, union, update

from domain.cancellations.case import Episode
from domain.cancellations.stored_case import Case, Comeback, Facts
from domain.ids import CaseId, PersonId, StaffId, SubscriptionId
from domain.money import Money
from storage import tables
from storage.database.sql_helpers import SqlRepository, changed
from storage.repositories.observations import cancellation_columns, cancellation_of

_MEDIAN_OF = 1000

_row = tables.cases.c
_ORDER = (_row.requested_at, _row.subscription_id, _row.state != "resumed", _row.id)
"""What was asked for within one second is told apart by what it is, not by when it was learned: a request that was
taken back came before the next one of its subscription."""


class SqlCases(SqlRepository):
    async def get(self, case_id: CaseId) -> Case | None:
        found = await self._found(_row.id == case_id)
        return found[0] if found else None

    async def of_subscription(self, subscription_id: SubscriptionId) -> list[Case]:
        return await self._found(_row.subscription_id == subscription_id)

    async def of_person(self, person_id: PersonId) -> list[Case]:
        return await self._found(_row.person_id == person_id)

    async def add(self, case: Case) -> None:
        new = tables.cases.insert().values(
            id=case.id,
            subscription_id=case.subscription_id,
            person_id=case.person_id,
            version=case.version,
            **_changeable(case),
        )
        await self._connection.execute(new)

    async def save(self, case: Case) -> bool:
        guard = (_row.id == case.id, _row.version == case.version)
        return await changed(
            self._connection,
            update(tables.cases).where(*guard).values(version=case.version + 1, **_changeable(case)),
        )

    async def open_ids(self, *, since: datetime) -> list[CaseId]:
        either = _open(since)
        statement = select(either.c.id).order_by(either.c.requested_at, either.c.id)
        return list(await self._connection.scalars(statement))

    async def open(self, *, since: datetime) -> list[tuple[Case, Facts]]:
        either, subscription = _open(since), tables.subscriptions.c
        statement = (
            select(tables.cases, subscription.facts)
            .join_from(tables.cases, either, either.c.id == _row.id)
            .join(tables.subscriptions, subscription.id == _row.subscription_id)
            .where(subscription.facts.is_not(None))
            .order_by(*_ORDER)
        )
        found = await self._find_all(statement)
        return [(_case(each), each["facts"]) for each in found]

    async def asked_ids(self, *, since: datetime) -> list[CaseId]:
        statement = select(_row.id).where(_row.requested_at >= since, _row.state != "withdrawn")
        return list(await self._connection.scalars(statement.order_by(_row.requested_at, _row.id)))

    async def median_monthly(self) -> dict[str, Money]:
        facts = tables.subscriptions.c.facts
        statement = (
            select(facts)
            .join_from(tables.cases, tables.subscriptions, tables.subscriptions.c.id == _row.subscription_id)
            .where(_row.state != "withdrawn", facts.is_not(None))
            .order_by(_row.requested_at.desc())
            .limit(_MEDIAN_OF)
        )
        amounts: defaultdict[str, list[int]] = defaultdict(list)
        for found in await self._connection.scalars(statement):
            amounts[found.value.would_be.currency].append(found.value.would_be.minor)
        return {currency: Money(median_low(minors), currency) for currency, minors in amounts.items()}

    async def comeback(self, case: Case) -> Comeback | None:
        if case.episode.state == "withdrawn":
            return None
        if case.episode.resumed_at is not None:
            return Comeback(at=case.episode.resumed_at, subscription_id=case.subscription_id, same_subscription=True)
        row = tables.subscriptions.c
        # The person as the subscription's row has it: the case in hand may be from before a merge.
        person = select(row.person_id).where(row.id == case.subscription_id).scalar_subquery()
        statement = (
            select(row.id, row.created_at)
            .where(row.person_id == person, row.was_live, row.created_at > case.episode.requested_at)
            .order_by(row.created_at, row.id)
            .limit(1)
        )
        later = (await self._connection.execute(statement)).one_or_none()
        if later is None:
            return None
        return Comeback(at=later.created_at, subscription_id=SubscriptionId(later.id), same_subscription=False)

    async def _found(self, which: ColumnElement[bool]) -> list[Case]:
        statement = select(tables.cases).where(which).order_by(*_ORDER)
        return [_case(found) for found in await self._find_all(statement)]


def _open(since: datetime) -> Subquery:
    # The states stand there as literals: a partial index is used only where the statement shows its condition.
    unreturned = and_(_row.state.in_([literal_column("'pending'"), literal_column("'ended'")]), ~_row.silent)
    ending, asked_for = (
        select(_row.id, _row.requested_at).where(unreturned, moment >= since)
        for moment in (_row.ends_at, _row.requested_at)
    )
    return union(ending, asked_for).subquery()  # each finds its own by an index, which an OR of both does not


def _changeable(case: Case) -> dict[str, Any]:
    episode = case.episode
    return {
        "state": episode.state,
        "canceled_ats": tuple(sorted(episode.canceled_ats)),
        "requested_at": episode.requested_at,
        "ends_at": episode.ends_at,
        "ended_at": episode.ended_at,
        "resumed_at": episode.resumed_at,
        **cancellation_columns(episode.cancellation),
        "silent": case.silent,
        "enrichment": case.enrichment,
        "owner": case.owner,
        "owned_at": case.owned_at,
        "follow_up": case.follow_up,
        "tags": case.tags,
        "picked_at": case.picked_at,
    }


def _case(found: RowMapping) -> Case:
    return Case(
        id=CaseId(found["id"]),
        subscription_id=SubscriptionId(found["subscription_id"]),
        person_id=PersonId(found["person_id"]),
        episode=Episode(
            canceled_ats=frozenset(found["canceled_ats"]),
            state=found["state"],
            requested_at=found["requested_at"],
            ends_at=found["ends_at"],
            ended_at=found["ended_at"],
            resumed_at=found["resumed_at"],
            cancellation=cancellation_of(found),
        ),
        silent=found["silent"],
        enrichment=found["enrichment"],
        owner=None if found["owner"] is None else StaffId(found["owner"]),
        owned_at=found["owned_at"],
        follow_up=found["follow_up"],
        tags=found["tags"],
        picked_at=found["picked_at"],
        version=found["version"],
    )
