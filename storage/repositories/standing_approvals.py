"""Rules that a manager approved once."""

from collections.abc import Sequence

from sqlalchemy import RowMapping, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money import Money
from domain.winback.policy import StandingApproval
from storage import tables
from storage.database.sql_helpers import changed, columns, insert

_row = tables.standing_approvals.c


class SqlStandingApprovals:
    """See `flows.ports.store.StandingApprovals`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, rule: str) -> StandingApproval | None:
        """Read a rule's approval, good or not."""
        statement = select(tables.standing_approvals).where(_row.rule == rule)
        found = (await self._connection.execute(statement)).mappings().one_or_none()
        return None if found is None else _approval(found)

    async def replace(self, approval: StandingApproval) -> None:
        """Store a rule's approval in place of the last; budget and what is spent of it are of one currency."""
        values = columns(approval) | {
            "currency": approval.budget.currency,
            "budget": approval.budget.minor,
            "spent": approval.spent.minor,
        }
        new = insert(self._connection, tables.standing_approvals).values(values)
        await self._connection.execute(new.on_conflict_do_update(index_elements=["rule"], set_=values))

    async def revoke(self, rule: str) -> bool:
        """Take it away; False: there was none."""
        return await changed(self._connection, delete(tables.standing_approvals).where(_row.rule == rule))

    async def spend(self, rule: str, amount: Money) -> bool:
        """Take from its budget, guarded by what is left; False also for another currency than the budget's."""
        spent = _row.spent + amount.minor
        left = (_row.rule == rule, _row.currency == amount.currency, spent <= _row.budget)
        return await changed(self._connection, update(tables.standing_approvals).where(*left).values(spent=spent))

    async def give_back(self, rule: str, amount: Money) -> None:
        """Release what was taken, as far as the approval that stands had it taken."""
        which = (_row.rule == rule, _row.currency == amount.currency, _row.spent >= amount.minor)
        released = update(tables.standing_approvals).where(*which).values(spent=_row.spent - amount.minor)
        await self._connection.execute(released)

    async def all(self) -> Sequence[StandingApproval]:
        """List all, by rule."""
        statement = select(tables.standing_approvals).order_by(_row.rule)
        return [_approval(found) for found in (await self._connection.execute(statement)).mappings()]


def _approval(found: RowMapping) -> StandingApproval:
    values = dict(found)
    currency = values.pop("currency")
    budget, spent = (Money(values.pop(name), currency) for name in ("budget", "spent"))
    return StandingApproval(budget=budget, spent=spent, **values)
