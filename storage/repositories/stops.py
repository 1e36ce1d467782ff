"""What the policy last said of each case, and where the cases of a span have stopped."""

from collections import Counter
from datetime import datetime

from sqlalchemy import BigInteger, case, cast, func, or_, select

from domain.ids import CaseId
from domain.results.funnel import Evaluation, Stop
from storage import tables
from storage.database.sql_helpers import SqlRepository, columns, insert
from storage.repositories.reports import by_day

NO_LONGER_WANTED = ("back", "switched", "withdrawn")
"""Of a case that came due before, these say nothing of why it got no offer."""
_row, _proposal = tables.evaluations.c, tables.proposals.c


class SqlStops(SqlRepository):
    async def evaluated(self, case_id: CaseId, evaluation: Evaluation) -> None:
        new = insert(self._connection, tables.evaluations).values(case_id=case_id, **columns(evaluation))
        over = or_(new.excluded.due_at.is_(None), new.excluded.cause.in_(NO_LONGER_WANTED))
        was_due = _row.due_at.is_not(None) & over
        told = {
            "rule": case((was_due, _row.rule), else_=new.excluded.rule),
            "due_at": func.coalesce(_row.due_at, new.excluded.due_at),
            "cause": case((was_due, _row.cause), else_=new.excluded.cause),
        }
        changed = or_(*(_row[name].is_distinct_from(value) for name, value in told.items()))
        await self._connection.execute(new.on_conflict_do_update(index_elements=["case_id"], set_=told, where=changed))

    async def came_due(self, *, since: datetime, until: datetime) -> dict[str, int]:
        within = (_row.due_at >= since, _row.due_at < until)
        due = select(_row.cause, func.count()).where(*within).group_by(_row.cause)
        found: dict[str, int] = dict((await self._connection.execute(due)).tuples().all())
        proposed = select(_proposal.id).where(
            _proposal.created_at >= since, _proposal.created_at < until, _proposal.state != "held_out"
        )
        return {} if not found or await self._connection.scalar(proposed.limit(1)) is not None else found

    async def counts(self, *, since: datetime, until: datetime) -> dict[Stop, int]:
        rows = by_day(tables.report_stops, ["stop", "cases"], since=since, until=until).subquery()
        summed = select(rows.c.stop, cast(func.sum(rows.c.cases), BigInteger)).group_by(rows.c.stop)
        found = Counter[Stop]()
        for stop, number in await self._connection.execute(summed):
            found[Stop.read(stop)] += number
        return {stop: number for stop, number in found.items() if number}
