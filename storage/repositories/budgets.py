"""Budgets, cooldowns, and standing approvals with a budget each; all reserved by one guarded statement."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import RowMapping, and_, case, delete, func, not_, or_, select, update

from domain.ids import CaseId, OfferId, PersonId, ProposalId
from domain.money import Money
from domain.winback.decision import EarlierOffer
from domain.winback.policy import StandingApproval
from domain.winback.proposal import COSTS_MORE
from storage import tables
from storage.database.sql_helpers import SqlRepository, columns, insert

_budget = tables.budgets.c
_slot = tables.offer_slots.c
_standing = tables.standing_approvals.c


class SqlBudgets(SqlRepository):
    async def spend(self, scope: str, amount: Money, *, limit: Money | None) -> bool:
        if limit is not None and limit.currency != amount.currency:
            raise ValueError("an amount is held against a limit of its own currency")
        if amount.minor == 0:
            return True
        if limit is not None and amount.minor > limit.minor:
            return False
        new = insert(self._connection, tables.budgets).values(scope=scope, currency=amount.currency, spent=amount.minor)
        total = _budget.spent + amount.minor
        reserved = new.on_conflict_do_update(
            index_elements=["scope", "currency"],
            set_={"spent": total},
            where=None if limit is None else total <= limit.minor,
        )
        return await self._changed(reserved)

    async def give_back(self, scope: str, amount: Money) -> None:
        which = (_budget.scope == scope, _budget.currency == amount.currency)
        released = update(tables.budgets).where(*which).values(spent=_budget.spent - amount.minor)
        await self._connection.execute(released)

    async def spent(self, scope: str) -> dict[str, Money]:
        statement = select(_budget.currency, _budget.spent).where(_budget.scope == scope)
        return {currency: Money(minor, currency) for currency, minor in await self._connection.execute(statement)}

    async def take_slot(
        self,
        person_id: PersonId,
        offer_id: OfferId,
        *,
        at: datetime,
        not_since: datetime,
        case_id: CaseId,
        not_in_case_since: datetime,
    ) -> bool:
        new = insert(self._connection, tables.offer_slots).values(person_id=person_id, offer_id=offer_id, at=at)
        of_case = _slot.offer_id.in_(select(tables.offers.c.id).where(tables.offers.c.case_id == case_id))
        free = case((of_case, _slot.at < not_in_case_since), else_=_slot.at < not_since)
        taken = new.on_conflict_do_update(
            index_elements=["person_id"], set_={"offer_id": offer_id, "at": at}, where=free
        )
        return await self._changed(taken)

    async def free_slot(self, offer_id: OfferId) -> None:
        await self._connection.execute(delete(tables.offer_slots).where(_slot.offer_id == offer_id))

    async def earlier(self, person_id: PersonId, *, apart_from: ProposalId | None = None) -> list[EarlierOffer]:
        offer = tables.offers.c
        at = func.coalesce(offer.sent_at, offer.created_at)
        no_link = and_(offer.email_state == "none", offer.sent_at.is_(None), func.coalesce(offer.why, "") != "call")
        never_made = and_(or_(offer.email_state == "waiting", no_link), offer.state.in_(["over", "stopped", "failed"]))
        proposed_anew = func.coalesce(offer.why, "") == COSTS_MORE
        statement = (
            select(at.label("at"), offer.case_id, offer.terms, offer.person_id)
            .where(offer.person_id.in_([person_id, *await self._with_the_same_card(person_id)]), not_(never_made))
            .where(not_(proposed_anew))
            .where(offer.proposal_id.is_distinct_from(apart_from))
            .order_by(at, offer.id)
        )
        return [
            EarlierOffer(
                at=found.at,
                case_id=CaseId(found.case_id),
                offer=found.terms.offer,
                by_card=found.person_id != person_id,
            )
            for found in await self._connection.execute(statement)
        ]

    async def _with_the_same_card(self, person_id: PersonId) -> list[PersonId]:
        theirs, others = tables.person_cards.alias("theirs"), tables.person_cards.alias("others")
        same = and_(others.c.digest == theirs.c.digest, others.c.person_id != person_id)
        statement = select(others.c.person_id).join_from(theirs, others, same).where(theirs.c.person_id == person_id)
        return list(await self._connection.scalars(statement.distinct()))


class SqlStandingApprovals(SqlRepository):
    async def of(self, rule: str) -> StandingApproval | None:
        statement = select(tables.standing_approvals).where(_standing.rule == rule)
        found = await self._find(statement)
        return None if found is None else _approval(found)

    async def replace(self, approval: StandingApproval) -> None:
        values = columns(approval) | {
            "currency": approval.budget.currency,
            "budget": approval.budget.minor,
            "spent": approval.spent.minor,
        }
        new = insert(self._connection, tables.standing_approvals).values(values)
        await self._connection.execute(new.on_conflict_do_update(index_elements=["rule"], set_=values))

    async def revoke(self, rule: str) -> bool:
        return await self._changed(delete(tables.standing_approvals).where(_standing.rule == rule))

    async def spend(self, rule: str, amount: Money) -> bool:
        spent = _standing.spent + amount.minor
        left = (_standing.rule == rule, _standing.currency == amount.currency, spent <= _standing.budget)
        return await self._changed(update(tables.standing_approvals).where(*left).values(spent=spent))

    async def give_back(self, rule: str, amount: Money) -> None:
        which = (_standing.rule == rule, _standing.currency == amount.currency, _standing.spent >= amount.minor)
        released = update(tables.standing_approvals).where(*which).values(spent=_standing.spent - amount.minor)
        await self._connection.execute(released)

    async def all(self) -> Sequence[StandingApproval]:
        statement = select(tables.standing_approvals).order_by(_standing.rule)
        return [_approval(found) for found in await self._find_all(statement)]


def _approval(found: RowMapping) -> StandingApproval:
    values = dict(found)
    currency = values.pop("currency")
    budget, spent = (Money(values.pop(name), currency) for name in ("budget", "spent"))
    return StandingApproval(budget=budget, spent=spent, **values)
