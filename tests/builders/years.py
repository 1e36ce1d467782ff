"""A database as it is after years: many finished rows, cases and people, and some rows that wait."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import NullPool, text

from storage.database.engine import database, is_sqlite, make_engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Years:
    """How much there is: `done` rows half in the inbox, half in the outbox, and `due` rows that wait in each."""

    done: int
    cases: int
    people: int
    due: int


_NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :size) "
_STATEMENTS = """
people: INSERT INTO persons (id, created_at) SELECT [id: n], [at: n] FROM numbers;

people: INSERT INTO person_keys (kind, digest, key_id, person_id)
SELECT 'customer', 'customer of ' || n, :key_id, [id: n] FROM numbers;

cases: INSERT INTO subscriptions (id, customer_id, person_id, created_at, was_live, version)
SELECT 'sub_' || n, 'cus_' || n, [id: n % :people + 1], [at: n], [true], 1 FROM numbers;

cases: INSERT INTO observations
    (subscription_id, source, source_id, seen_at, status, created_at, cancel_at_period_end)
SELECT 'sub_' || n, 'event', 'evt_' || n, [at: n], 'canceled', [at: n], [true] FROM numbers;

cases: INSERT INTO cases
    (id, subscription_id, person_id, state, canceled_ats, requested_at, ends_at, silent, tags, version)
SELECT [id: n], 'sub_' || n, [id: n % :people + 1], 'ended', '[]', [at: n], [at: n], [false], '[]', 1 FROM numbers;

cases: INSERT INTO audit (number, who, action, whom, at, outcome, note, key_id, mac)
SELECT n, 'stripe', 'cancellation', 'sub_' || n, [at: n], 'ended', '', :key_id, '' FROM numbers;

cases: INSERT INTO audit_head (chain, number, mac) SELECT 'audit', n, '' FROM numbers WHERE n = :size;

done: INSERT INTO inbox
    (id, type, livemode, created_at, payload, subject, received_at, state, attempts, urgency)
SELECT 'evt_done_' || n, 'customer.subscription.updated', [false], [at: n], '[]', 'sub_' || n, [at: n], 'done', 1, 0
FROM numbers WHERE n % 2 = 0;

done: INSERT INTO outbox (id, kind, ids, lane, key, state, due_at, attempts, wanted, shown)
SELECT [id: n], CASE n % 3 WHEN 0 THEN 'show_card' ELSE 'evaluate_case' END, '{"case_id": "' || [id: n] || '"}',
    CASE n % 3 WHEN 0 THEN 'slack' ELSE 'stripe' END, 'done:' || n, 'done', [at: n], 0, 1, 1
FROM numbers WHERE n % 2 = 1;

due: INSERT INTO inbox
    (id, type, livemode, created_at, payload, subject, received_at, state, attempts, urgency)
SELECT 'evt_due_' || n, 'customer.subscription.updated', [false], [at: n], '[]', 'sub_due_' || (n / 2), [at: n],
    'waiting', 0, n % 3
FROM numbers;

due: INSERT INTO outbox (id, kind, ids, lane, key, state, due_at, attempts, wanted, shown)
SELECT [id: n + 1000000000], 'evaluate_case', '{"case_id": "' || [id: n] || '"}', 'stripe', 'due:' || n, 'waiting',
    [at: n], 0, 1, 0
FROM numbers
"""
"""How many rows of what; `[id: n]` and the like are spelt as each database has it."""

_SQLITE = {
    "id": r"printf('%032x', \1)",
    "at": r"(strftime('%Y-%m-%d %H:%M:%S', '2025-01-01', ((\1) % 1000000 * 10) || ' seconds') || '.000000')",
    "true": "1",
    "false": "0",
}
_POSTGRES = {
    "id": r"CAST(lpad(to_hex(\1), 32, '0') AS uuid)",
    "at": r"(CAST('2025-01-01 00:00:00+00' AS timestamptz) + (\1) % 1000000 * CAST('10 seconds' AS interval))",
    "true": "true",
    "false": "false",
}


def fill(url: str, years: Years, *, key_id: str) -> None:
    """Fill a migrated, empty database, and have it analysed; all in it is of 2025."""
    parsed = database(url)
    spelling = _SQLITE if is_sqlite(parsed) else _POSTGRES
    engine = make_engine(parsed, pool=NullPool)
    with engine.begin() as connection:
        if not is_sqlite(parsed):
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        for written in _STATEMENTS.split(";"):
            what, _, statement = written.strip().partition(": ")
            values = {"size": getattr(years, what), "people": years.people, "key_id": key_id}
            spelt = _NUMBERS + _spell(statement, spelling)
            named = {name: value for name, value in values.items() if f":{name}" in spelt}
            connection.execute(text(spelt), named)
        connection.execute(text("ANALYZE"))
        for table, count in (("inbox", years.done // 2 + years.due), ("cases", years.cases), ("persons", years.people)):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == count


def _spell(statement: str, spelling: Mapping[str, str]) -> str:
    for name, spelt in spelling.items():
        statement = re.sub(rf"\[{name}(?:: ([^\]]+))?\]", spelt, statement)
    return statement
