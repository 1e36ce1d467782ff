"""Standing approvals of rules, with their budgets."""

from collections.abc import Sequence

from sqlalchemy import RowMapping, delete, select, update

from domain.money import Money
from domain.winback.policy import StandingApproval
from storage import tables
from storage.database.sql_helpers import SqlRepository, columns, insert

_row = tables.standing_approvals.c


class SqlStandingApprovals(SqlRepository):
    async def of(self, rule: str) -> StandingApproval | None:
        statement = select(tables.standing_approvals).where(_row.rule == rule)
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
        return await self._changed(delete(tables.standing_approvals).where(_row.rule == rule))

    async def spend(self, rule: str, amount: Money) -> bool:
        spent = _row.spent + amount.minor
        left = (_row.rule == rule, _row.currency == amount.currency, spent <= _row.budget)
        return await self._changed(update(tables.standing_approvals).where(*left).values(spent=spent))

    async def give_back(self, rule: str, amount: Money) -> None:
        which = (_row.rule == rule, _row.currency == amount.currency, _row.spent >= amount.minor)
        released = update(tables.standing_approvals).where(*which).values(spent=_row.spent - amount.minor)
        await self._connection.execute(released)

    async def all(self) -> Sequence[StandingApproval]:
        statement = select(tables.standing_approvals).order_by(_row.rule)
        return [_approval(found) for found in await self._find_all(statement)]


def _approval(found: RowMapping) -> StandingApproval:
    values = dict(found)
    currency = values.pop("currency")
    budget, spent = (Money(values.pop(name), currency) for name in ("budget", "spent"))
    return StandingApproval(budget=budget, spent=spent, **values)
