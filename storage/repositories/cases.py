"""Cases, and what people did with them."""

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import datetime
from statistics import median_low
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Subquery, and_, bindparam, exists, literal_column, or_, select, union

from domain.billing.subscription import Cancellation
from domain.cancellations.case import Episode
from domain.cancellations.sequel import Sequel
from domain.cancellations.stored_case import Case, CustomerReturn, Facts
from domain.ids import CaseId, PersonId, SubscriptionId
from domain.money import Money
from domain.results.themes import CustomerComment
from flows.ports.store import CaseOutline
from storage import tables
from storage.database.sql_helpers import SqlRepository, columns, take
from storage.repositories.sequels import Sequels, read_sequels

_MEDIAN_OF = 1000

_row = tables.cases.c
_ORDER = (_row.requested_at, _row.subscription_id, _row.state != "resumed", _row.id)
"""Requests of one second are ordered by what they are, not by when we learned of them: a request that was taken back
came before the next one of its subscription."""


_subscription = tables.subscriptions.c
_other, _others_case = tables.subscriptions.alias("other"), tables.cases.alias("others_case")
_OUTLINES = (
    select(
        tables.cases,
        _subscription.facts,
        exists().where(tables.suppressions.c.person_id == _row.person_id).label("suppressed"),
        exists()
        .where(_other.c.person_id == _subscription.person_id, _other.c.id != _subscription.id)
        .label("other_subscriptions"),
        exists().where(_others_case.c.person_id == _row.person_id, _others_case.c.id != _row.id).label("other_cases"),
        exists().where(tables.proposals.c.case_id == _row.id).label("proposals"),
        exists(select(tables.shipped_features.c.name)).label("has_shipped"),
        exists().where(tables.batch_rows.c.case_id == _row.id).label("batched"),
    )
    .join_from(tables.cases, tables.subscriptions, _subscription.id == _row.subscription_id)
    .where(_row.id.in_(bindparam("case_ids", expanding=True)), _subscription.facts.is_not(None))
)
_ADD = tables.cases.insert()
_FLAGS = ("suppressed", "other_subscriptions", "other_cases", "proposals", "has_shipped", "batched")


class SqlCases(SqlRepository):
    async def get(self, case_id: CaseId) -> Case | None:
        found = await self._where(_row.id == case_id)
        return found[0] if found else None

    async def of_subscription(self, subscription_id: SubscriptionId) -> list[Case]:
        return await self._where(_row.subscription_id == subscription_id)

    async def of_person(self, person_id: PersonId) -> list[Case]:
        return await self._where(_row.person_id == person_id)

    async def of_either(self, person_id: PersonId, subscription_id: SubscriptionId) -> list[Case]:
        return await self._where(or_(_row.person_id == person_id, _row.subscription_id == subscription_id))

    async def many(self, case_ids: Collection[CaseId]) -> list[Case]:
        return await self._where(_row.id.in_(case_ids))

    async def outlines(self, case_ids: Collection[CaseId]) -> list[CaseOutline]:
        found = (await self._connection.execute(_OUTLINES, {"case_ids": list(case_ids)})).mappings()
        return [
            CaseOutline(case=_case(each), facts=each["facts"], **{flag: bool(each[flag]) for flag in _FLAGS})
            for each in found
        ]

    async def numbers(self, person_ids: Collection[PersonId]) -> dict[CaseId, int]:
        statement = select(_row.id, _row.person_id, _row.state).where(_row.person_id.in_(person_ids))
        numbers, so_far = dict[CaseId, int](), Counter[PersonId]()
        for each in await self._connection.execute(statement.order_by(*_ORDER)):
            numbers[each.id] = so_far[each.person_id] + 1
            so_far[each.person_id] += each.state != "withdrawn"
        return numbers

    async def add(self, case: Case) -> None:
        await self._connection.execute(_ADD, _columns(case))

    async def save(self, case: Case) -> bool:
        return await self._update(tables.cases, _row.id == case.id, case.version, _columns(case))

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

    async def requested_ids(self, *, since: datetime) -> list[CaseId]:
        return await self._ids(_row.requested_at >= since)

    async def requested_or_ended_ids(self, *, since: datetime) -> list[CaseId]:
        return await self._ids(or_(_row.requested_at >= since, _row.ended_at >= since))

    async def _ids(self, which: ColumnElement[bool]) -> list[CaseId]:
        statement = select(_row.id).where(which, _row.state != "withdrawn")
        return list(await self._connection.scalars(statement.order_by(_row.requested_at, _row.id)))

    async def comments(self, *, since: datetime, until: datetime, most: int) -> list[CustomerComment]:
        statement = (
            select(_row.id, _row.person_id, _row.subscription_id, _row.comment, _subscription.facts)
            .join_from(tables.cases, tables.subscriptions, _subscription.id == _row.subscription_id)
            .where(_row.requested_at >= since, _row.requested_at < until, ~_row.silent, _row.state != "withdrawn")
            .where(_row.comment != "", _subscription.facts.is_not(None))
            .order_by(_row.requested_at.desc(), _row.id.desc())
            .limit(most)
        )
        return [_comment(found) for found in await self._find_all(statement)]

    async def median_monthly(self) -> dict[str, Money]:
        facts = tables.subscriptions.c.facts
        statement = (
            select(_row.loss, facts)
            .join_from(tables.cases, tables.subscriptions, tables.subscriptions.c.id == _row.subscription_id)
            .where(_row.state != "withdrawn", facts.is_not(None))
            .order_by(_row.requested_at.desc())
            .limit(_MEDIAN_OF)
        )
        amounts: defaultdict[str, list[int]] = defaultdict(list)
        for loss, newest in await self._connection.execute(statement):
            lost = loss or newest.value
            if lost.known:
                amounts[lost.would_be.currency].append(lost.would_be.minor)
        return {currency: Money(median_low(minors), currency) for currency, minors in amounts.items()}

    async def sequel(self, case: Case) -> Sequel | None:
        if case.episode.state == "withdrawn":
            return None
        sequels = await read_sequels(self._connection, _row.id == case.id)
        return _sequel(sequels, case)

    async def sequels(self, cases: Collection[Case]) -> dict[CaseId, Sequel]:
        sequels = await read_sequels(self._connection, _row.id.in_([case.id for case in cases]))
        found = {case.id: _sequel(sequels, case) for case in cases if case.episode.state != "withdrawn"}
        return {case_id: sequel for case_id, sequel in found.items() if sequel is not None}

    async def comeback(self, case: Case) -> CustomerReturn | None:
        sequel = await self.sequel(case)
        return sequel if isinstance(sequel, CustomerReturn) else None

    async def _where(self, which: ColumnElement[bool]) -> list[Case]:
        statement = select(tables.cases).where(which).order_by(*_ORDER)
        return [_case(found) for found in await self._find_all(statement)]


def _sequel(sequels: Sequels, case: Case) -> Sequel | None:
    episode = case.episode
    return sequels.of(case.id, case.subscription_id, requested_at=episode.requested_at, resumed_at=episode.resumed_at)


def _open(since: datetime) -> Subquery:
    # The states are literals: a partial index is used only if the statement shows its condition.
    unreturned = and_(_row.state.in_([literal_column("'pending'"), literal_column("'ended'")]), ~_row.silent)
    ending, asked_for = (
        select(_row.id, _row.requested_at).where(unreturned, moment >= since)
        for moment in (_row.ends_at, _row.requested_at)
    )
    return union(ending, asked_for).subquery()  # each part uses its index, which an OR of both would not


def _columns(case: Case) -> dict[str, Any]:
    values = columns(case)
    values |= columns(values.pop("episode"))
    values |= columns(values.pop("cancellation"))
    return values | {"canceled_ats": tuple(sorted(case.episode.canceled_ats))}


def _comment(found: RowMapping) -> CustomerComment:
    facts: Facts = found["facts"]
    address = (facts.customer_email or "").partition("@")[0]
    return CustomerComment(
        person_id=PersonId(found["person_id"]),
        case_id=CaseId(found["id"]),
        subscription_id=SubscriptionId(found["subscription_id"]),
        livemode=facts.livemode,
        text=found["comment"],
        names=tuple(filter(None, (facts.customer_name, address))),
    )


def _case(found: RowMapping) -> Case:
    values = {column.name: found[column.name] for column in tables.cases.c}
    values |= {"cancellation": take(Cancellation, values), "canceled_ats": frozenset(values["canceled_ats"])}
    return Case(episode=take(Episode, values), **values)
