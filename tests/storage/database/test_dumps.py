"""The dumps of each release come to the newest migration, and the program reads what is in them."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Engine, NullPool, inspect, select, text

from domain.ids import PersonId
from domain.keyring import Keyring
from flows.effects import EffectState
from flows.winback.results.report import CaseCounting
from storage import tables
from storage.database import migrate, revision
from storage.database.engine import database, make_engine
from storage.repositories.audit import verify
from storage.store import SqlStore
from tests.storage.dumps import SECRET_KEYS

DUMPS = sorted((Path(__file__).parents[1] / "dumps").glob("*.sql"))


@pytest.fixture(params=DUMPS, ids=[file.stem for file in DUMPS])
def dump(request: pytest.FixtureRequest) -> Path:
    file: Path = request.param
    return file


@pytest.fixture
def url(dump: Path, request: pytest.FixtureRequest, memory_path: Path) -> str:
    """A database that holds a dump and nothing else."""
    sql = dump.read_text(encoding="utf-8")
    if dump.stem.endswith("sqlite"):
        with sqlite3.connect(memory_path / "dump.db") as file:
            file.executescript(sql)
        return f"sqlite:///{memory_path}/dump.db"
    server: str = request.getfixturevalue("postgres_url")
    with psycopg.connect(server) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
        connection.execute(sql.encode())
    return server


def schema(engine: Engine) -> list[str]:
    """List all columns, keys, constraints and indexes with their conditions."""
    found = inspect(engine)
    listed: list[Any] = [
        found.get_multi_columns(),
        found.get_multi_foreign_keys(),
        found.get_multi_unique_constraints(),
        found.get_multi_indexes(),
    ]
    parts = [(table, each) for told in listed for (_, table), group in told.items() for each in group]
    parts += [(table, key) for (_, table), key in found.get_multi_pk_constraint().items()]
    return sorted(f"{table}: {plain(each)}" for table, each in parts)


def plain(value: Any) -> Any:
    """Return what was reflected without SQLAlchemy's objects, which are equal to themselves only."""
    return {name: plain(each) for name, each in value.items()} if isinstance(value, dict) else str(value)


def test_first_dumps_are_there() -> None:
    assert {"0001-postgresql", "0001-sqlite"} <= {file.stem for file in DUMPS}


def test_dump_becomes_what_migrating_makes(dump: Path, url: str) -> None:
    assert revision.current(url) == dump.stem.partition("-")[0]
    migrate.upgrade(url)
    assert revision.current(url) == revision.head()

    engine = make_engine(database(url), pool=NullPool)
    from_dump = schema(engine)
    tables.metadata.drop_all(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    migrate.upgrade(url)
    assert schema(engine) == from_dump


def test_dump_has_rows_in_every_table_that_can_be_read(url: str) -> None:
    """Tables that were added since the dump was made may be empty."""
    engine = make_engine(database(url), pool=NullPool)
    added = {table.name for table in tables.metadata.sorted_tables} - set(inspect(engine).get_table_names())
    migrate.upgrade(url)
    with engine.connect() as connection:
        rows = {table.name: connection.execute(select(table)).all() for table in tables.metadata.sorted_tables}

    assert {name for name, found in rows.items() if not found} <= added


async def test_cases_of_a_dump_are_counted(url: str) -> None:
    migrate.upgrade(url)
    store = SqlStore(url, keyring=Keyring(SECRET_KEYS), new_id=uuid4)
    async with store.read() as unit:
        people = [PersonId(each) for each in await unit._connection.scalars(select(tables.persons.c.id))]
        cases = await unit.reports.measured(people)
    await CaseCounting(store).catch_up()
    async with store.read() as unit:
        ever = {"since": datetime(2000, 1, 1, tzinfo=UTC), "until": datetime(2100, 1, 1, tzinfo=UTC)}
        counted = await unit.reports.groups(**ever)
    await store.close()
    assert sum(each.counts.cases for each in counted) == len(cases) > 0


async def test_dump_is_read_by_the_program(url: str) -> None:
    migrate.upgrade(url)
    keyring = Keyring(SECRET_KEYS)
    store = SqlStore(url, keyring=keyring, new_id=uuid4)
    async with store.read() as unit:
        effects = await unit.outbox.listed(states=get_args(EffectState), limit=1000)
        record = await unit.audit.rows(after=0, limit=1000)
        with make_engine(database(url), pool=NullPool).connect() as connection:
            cases = [await unit.cases.get(row.id) for row in connection.execute(select(tables.cases.c.id))]
            offers = [await unit.offers.get(row.id) for row in connection.execute(select(tables.offers.c.id))]
            queued = connection.execute(select(tables.outbox.c.id)).all()
    await store.close()

    assert None not in (*cases, *offers)
    assert len(effects) == len(queued)
    assert verify(record, keyring=keyring) is None
