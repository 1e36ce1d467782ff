"""Offers, and which Checkout session of a person is the open one."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, delete, func, select, update

from domain.ids import CaseId, OfferId, PersonId, ProposalId, SessionId
from domain.winback.proposal import OfferRow
from domain.winback.status import UnsentOffer, UnsentOffers
from storage import tables
from storage.database.sql_helpers import SqlRepository, columns, insert

_row = tables.offers.c
_checkout = tables.checkouts.c


class SqlOffers(SqlRepository):
    async def add(self, row: OfferRow) -> None:
        await self._connection.execute(tables.offers.insert().values(columns(row)))

    async def get(self, offer_id: OfferId) -> OfferRow | None:
        return await self._one(_row.id == offer_id)

    async def by_digest(self, token_digest: str) -> OfferRow | None:
        return await self._one(_row.token_digest == token_digest)

    async def by_undo(self, token_digest: str) -> OfferRow | None:
        return await self._one(_row.undo_digest == token_digest)

    async def by_session(self, session_id: SessionId) -> OfferRow | None:
        return await self._one(_row.session_id == session_id)

    async def by_proposal(self, proposal_id: ProposalId) -> OfferRow | None:
        return await self._one(_row.proposal_id == proposal_id)

    async def unsent(self, *, limit: int) -> UnsentOffers:
        unsent = and_(_row.state == "sending", _row.email_state == "waiting")
        total = select(func.count()).select_from(tables.offers).where(unsent)
        subscription = tables.subscriptions.c
        statement = (
            select(tables.offers, subscription.facts)
            .join_from(tables.offers, tables.subscriptions, subscription.id == _row.subscription_id)
            .where(unsent, subscription.facts.is_not(None))
            .order_by(_row.send_at, _row.id)
            .limit(limit)
        )
        found = [dict(each) for each in await self._find_all(statement)]
        names = [each.pop("facts").customer_name for each in found]
        listed = (
            UnsentOffer(offer=OfferRow(**each), customer_name=name) for each, name in zip(found, names, strict=True)
        )
        return UnsentOffers(
            listed=tuple(each for each in listed if each.offer.unsent),
            total=(await self._connection.execute(total)).scalar_one(),
        )

    async def save(self, row: OfferRow) -> bool:
        return await self._update(tables.offers, _row.id == row.id, row.version, columns(row))

    async def drop(self, offer_id: OfferId) -> None:
        await self._connection.execute(delete(tables.offers).where(_row.id == offer_id))

    async def of_case(self, case_id: CaseId) -> list[OfferRow]:
        return await self._found(_row.case_id == case_id)

    async def of_cases(self, case_ids: Collection[CaseId]) -> list[OfferRow]:
        return await self._found(_row.case_id.in_(case_ids))

    async def of_person(self, person_id: PersonId) -> list[OfferRow]:
        return await self._found(_row.person_id == person_id)

    async def claim_checkout(
        self, person_id: PersonId, offer_id: OfferId, *, session_id: SessionId | None, expected: SessionId | None
    ) -> bool:
        known = (_checkout.person_id == person_id, _checkout.session_id == expected)
        if session_id is None:
            return await self._changed(delete(tables.checkouts).where(*known))
        claimed = {"offer_id": offer_id, "session_id": session_id}
        if expected is None:
            first = insert(self._connection, tables.checkouts).values(person_id=person_id, **claimed)
            return await self._changed(first.on_conflict_do_nothing(index_elements=["person_id"]))
        return await self._changed(update(tables.checkouts).where(*known).values(claimed))

    async def checkout_of(self, person_id: PersonId) -> tuple[OfferId, SessionId] | None:
        statement = select(_checkout.offer_id, _checkout.session_id).where(_checkout.person_id == person_id)
        found = (await self._connection.execute(statement)).one_or_none()
        return None if found is None else (OfferId(found.offer_id), found.session_id)

    async def _one(self, which: ColumnElement[bool]) -> OfferRow | None:
        found = await self._found(which)
        return found[0] if found else None

    async def _found(self, which: ColumnElement[bool]) -> list[OfferRow]:
        statement = select(tables.offers).where(which).order_by(_row.created_at, _row.id)
        return [OfferRow(**found) for found in await self._find_all(statement)]
