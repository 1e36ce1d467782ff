"""Migrations lead to exactly the tables that the program speaks to, whole or not at all."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, NullPool, inspect, text

from flows.failures import Unavailable
from storage import tables
from storage.database import migrate, revision
from storage.database.engine import database, make_engine


def indexes(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """List every index with its condition, which Alembic does not compare."""
    found = inspect(engine)
    return {
        table: sorted(
            (index["name"], tuple(index["column_names"]), index["unique"], _condition(index)) for index in indexes
        )
        for (_, table), indexes in found.get_multi_indexes().items()
        if table != "alembic_version"
    }


def _condition(index: Any) -> str:
    options = index.get("dialect_options", {})
    return "".join(str(value) for name, value in options.items() if name.endswith("_where"))


def test_migrations_make_all_tables(database_url: str) -> None:
    engine = make_engine(database(database_url), pool=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, tables.metadata) == []
    migrated = indexes(engine)
    assert "waiting" in str(migrated["inbox"])
    tables.metadata.drop_all(engine)
    tables.metadata.create_all(engine)
    assert indexes(engine) == migrated


def test_a_migrated_database_is_not_behind(database_url: str) -> None:
    assert revision.current(database_url) == revision.head()
    assert not revision.behind(database_url)
    migrate.upgrade(database_url)  # once more does no harm
    assert revision.current(database_url) == revision.head()


def test_alembic_finds_all_migrations() -> None:
    scripts = ScriptDirectory.from_config(migrate.config())
    assert revision.known() == [script.revision for script in scripts.walk_revisions()][::-1]
    assert revision.head() == scripts.get_current_head()


def test_an_empty_database_is_behind(database_url: str) -> None:
    engine = make_engine(database(database_url), pool=NullPool)
    tables.metadata.drop_all(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    assert revision.current(database_url) is None
    assert revision.behind(database_url)
    migrate.upgrade(database_url)
    assert not revision.behind(database_url)


def test_missing_file_is_not_created(tmp_path: Path) -> None:
    assert revision.behind(f"sqlite:///{tmp_path}/none.db")
    assert list(tmp_path.iterdir()) == []


def test_a_database_of_a_newer_version_is_refused(database_url: str) -> None:
    with make_engine(database(database_url), pool=NullPool).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for refused in (revision.behind, migrate.upgrade):
        with pytest.raises(revision.NewerDatabase, match="9999, which this version does not know"):
            refused(database_url)


def test_a_migration_that_fails_leaves_nothing(database_url: str) -> None:
    engine = make_engine(database(database_url), pool=NullPool)
    tables.metadata.drop_all(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
        connection.execute(text("CREATE TABLE unknown_addresses (in_the_way TEXT)"))
    with pytest.raises(Exception, match="already exists"):
        migrate.upgrade(database_url)
    assert set(inspect(engine).get_table_names()) == {"unknown_addresses"}


CHILD = "import sys; from storage.database import migrate; migrate.upgrade(sys.argv[1])"


@pytest.mark.usefixtures("processes")
async def test_two_processes_can_migrate(database_url: str) -> None:
    engine = make_engine(database(database_url), pool=NullPool)
    tables.metadata.drop_all(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    children = [await asyncio.create_subprocess_exec(sys.executable, "-c", CHILD, database_url) for _ in range(2)]
    assert [await child.wait() for child in children] == [0, 0]
    assert not revision.behind(database_url)


def test_a_server_that_is_away_is_told_plainly() -> None:
    with pytest.raises(Unavailable, match=r"^the database cannot be reached$"):
        revision.behind("postgresql://winback:hidden@127.0.0.1:1/winback")
