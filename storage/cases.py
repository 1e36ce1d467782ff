"""Cases, and what people did with them."""

from typing import Any

from sqlalchemy import ColumnElement, RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.card import Case, Comeback
from domain.case import Episode
from domain.ids import CaseId, PersonId, StaffId, SubscriptionId
from storage import tables
from storage.observations import cancellation_columns, cancellation_of
from storage.statement import changed

_row = tables.cases.c
_ORDER = (_row.requested_at, _row.subscription_id, _row.state != "resumed", _row.id)
"""What was asked for within one second is told apart by what it is, not by when it was learned: a request that was
taken back came before the next one of its subscription."""


class SqlCases:
    """See `flows.memory.Cases`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, case_id: CaseId) -> Case | None:
        """Read one case."""
        found = await self._found(_row.id == case_id)
        return found[0] if found else None

    async def of_subscription(self, subscription_id: SubscriptionId) -> list[Case]:
        """All cases of a subscription, by the time of the request."""
        return await self._found(_row.subscription_id == subscription_id)

    async def of_person(self, person_id: PersonId) -> list[Case]:
        """All cases of a person, by the time of the request."""
        return await self._found(_row.person_id == person_id)

    async def add(self, case: Case) -> None:
        """Store a new case."""
        new = tables.cases.insert().values(
            id=case.id,
            subscription_id=case.subscription_id,
            person_id=case.person_id,
            version=case.version,
            **_changeable(case),
        )
        await self._connection.execute(new)

    async def save(self, case: Case) -> bool:
        """Store a changed case under its version; False: somebody was faster. The stored version rises by one.

        Whose case it is stays as stored: only `People.identify` moves cases, when it merges two persons.
        """
        guard = (_row.id == case.id, _row.version == case.version)
        return await changed(
            self._connection,
            update(tables.cases).where(*guard).values(version=case.version + 1, **_changeable(case)),
        )

    async def comeback(self, case: Case) -> Comeback | None:
        """Say how the person of a case is back: resumed, or by a subscription created since that was ever live."""
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
        return [_case(found) for found in (await self._connection.execute(statement)).mappings()]


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
        version=found["version"],
    )
