"""Due work is found by an index, however much waits for its time (what that costs is for `make bench` to print)."""

import pytest
from sqlalchemy import NullPool, Select, select, text
from sqlalchemy.dialects import sqlite

from storage import tables
from storage.database.engine import database, make_engine
from storage.queues.outbox_due import claimable, next_moments
from tests.storage.samples import NOW

_row = tables.outbox.c
CLAIM = (
    select(_row.number)
    .where(claimable("stripe", now=NOW, wall=NOW, probing=False))
    .order_by(_row.due_at, _row.number)
    .limit(5)
)


@pytest.mark.parametrize(
    ("statement", "searches"),
    [
        (CLAIM, ["ix_outbox_open (lane=? AND due_at<?)"]),
        (
            next_moments("stripe", now=NOW, wall=NOW, probing=False),
            ["ix_outbox_open (lane=?)", "ix_outbox_held_back (lane=? AND retry_at>?)", "ix_outbox_running (lane=?)"],
        ),
    ],
)
def test_claim_reads_only_what_is_due(sqlite_url: str, statement: Select[object], searches: list[str]) -> None:
    query = statement.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    with make_engine(database(sqlite_url), pool=NullPool).connect() as connection:
        plan = [step.detail for step in connection.execute(text(f"EXPLAIN QUERY PLAN {query}"))]
    of_outbox = [step for step in plan if "outbox" in step]
    assert of_outbox == [f"SEARCH outbox USING INDEX {search}" for search in searches]
    assert not [step for step in plan if "TEMP B-TREE" in step]  # nothing is sorted
