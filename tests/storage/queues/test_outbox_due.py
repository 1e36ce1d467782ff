"""Due work is found by an index, however much waits for its time (what that costs is for `make bench` to print)."""

import pytest
from sqlalchemy import NullPool, Select, text
from sqlalchemy.dialects import sqlite

from flows.effects import Priority
from storage.database.engine import database, make_engine
from storage.queues.outbox_due import next_moments, picked, times
from tests.storage.samples import NOW

CLAIM = picked("stripe", Priority.LATER, probing=False, busy=frozenset()).params(most=5)
OF_PRIORITY = [
    "ix_outbox_open (lane=? AND priority=?)",
    "ix_outbox_held_back (lane=? AND priority=? AND retry_at>?)",
    "ix_outbox_running (lane=?)",
]


@pytest.mark.parametrize(
    ("statement", "searches"),
    [
        (CLAIM, ["ix_outbox_open (lane=? AND priority=? AND due_at<?)"]),
        (next_moments("stripe", probing=False, busy=frozenset())[1], OF_PRIORITY * len(Priority)),
        (next_moments("slack", probing=False, busy=frozenset({"cards"}))[1], OF_PRIORITY * (len(Priority) - 1)),
    ],
)
def test_claim_reads_only_what_is_due(sqlite_url: str, statement: Select[object], searches: list[str]) -> None:
    statement = statement.params(times(now=NOW, wall=NOW))
    query = statement.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    with make_engine(database(sqlite_url), pool=NullPool).connect() as connection:
        plan = [step.detail for step in connection.execute(text(f"EXPLAIN QUERY PLAN {query}"))]
    of_outbox = [step for step in plan if step.startswith(("SEARCH outbox", "SCAN outbox"))]
    assert not [step for step in plan if step.startswith("SCAN others")]
    assert of_outbox == [f"SEARCH outbox USING INDEX {search}" for search in searches]
    assert not [step for step in plan if "TEMP B-TREE" in step]  # nothing is sorted
