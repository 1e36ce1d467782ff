"""One `serve` for one SQLite file, and a lock that dies with its holder."""

import asyncio
import signal
import stat
import sys
from pathlib import Path

import pytest

from storage.database import migrate
from storage.database.single_instance import AlreadyServed, hold_single_serve
from storage.store import SqlStore
from tests.databases import KEYRING
from tests.storage.samples import NOW, event, new_id

CHILD = """
import sys, time
from storage.database.single_instance import hold_single_serve
with hold_single_serve(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.usefixtures("processes")
async def test_second_serve_is_refused(sqlite_url: str) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, sqlite_url, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    assert await child.stdout.readline() == b"held\n"
    with pytest.raises(AlreadyServed, match="another `winback serve` is already using"), hold_single_serve(sqlite_url):
        pass
    store = SqlStore(sqlite_url, keyring=KEYRING, new_id=new_id)  # as the command line does beside it
    assert await store.receive(event(1), received_at=NOW)
    await store.close()
    child.kill()
    assert await child.wait() == -signal.SIGKILL
    with hold_single_serve(sqlite_url):
        pass


def test_second_serve_in_one_process_is_refused(sqlite_url: str) -> None:
    with hold_single_serve(sqlite_url):
        with pytest.raises(AlreadyServed), hold_single_serve(sqlite_url):
            pass
        with pytest.raises(AlreadyServed), hold_single_serve(sqlite_url):
            pass
    with hold_single_serve(sqlite_url):
        pass


def test_postgresql_takes_several(postgres_url: str) -> None:
    with hold_single_serve(postgres_url) as first, hold_single_serve(postgres_url) as second:
        assert (first, second) == (False, False)


def test_other_path_to_the_file_is_locked(sqlite_url: str) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    alias = file.with_name("alias.db")
    alias.symlink_to(file)
    with hold_single_serve(sqlite_url), pytest.raises(AlreadyServed), hold_single_serve(f"sqlite:///{alias}"):
        pass


def modes_of(directory: Path) -> dict[str, str]:
    return {file.name: oct(stat.S_IMODE(file.stat().st_mode)) for file in directory.iterdir()}


async def test_files_are_their_owners_only(tmp_path: Path) -> None:
    loose = tmp_path / "winback.db"
    loose.touch(mode=0o644)
    loose.chmod(0o644)
    url = f"sqlite:///{loose}"
    migrate.upgrade(url)
    store = SqlStore(url, keyring=KEYRING, new_id=new_id)
    with hold_single_serve(url):
        assert await store.receive(event(1), received_at=NOW)

        modes = modes_of(tmp_path)

    assert {"winback.db", "winback.db-wal", "winback.db-shm", "winback.db.serve"} <= set(modes)
    assert set(modes.values()) == {"0o600"}
    await store.close()


OPEN_AND_CLOSE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT count(*) FROM inbox").fetchone()
connection.close()
"""


@pytest.mark.usefixtures("processes")
async def test_another_connection_keeps_the_locks_of_the_first(sqlite_url: str) -> None:
    """Else another process, when it closes the file, takes itself for the last one and deletes the write-ahead log."""
    file = sqlite_url.removeprefix("sqlite:///")
    first, second = (SqlStore(sqlite_url, keyring=KEYRING, new_id=new_id) for _ in range(2))
    assert await first.receive(event(1), received_at=NOW)
    assert await second.receive(event(2), received_at=NOW)

    other = await asyncio.create_subprocess_exec(sys.executable, "-c", OPEN_AND_CLOSE, file)

    assert await other.wait() == 0
    assert "winback.db-wal" in modes_of(Path(file).parent)
    assert await first.receive(event(3), received_at=NOW)
    await first.close()
    await second.close()
