"""The record of who did what, as an operator proves it whole: what was changed, taken out, put in or cut off shows."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import RowMapping, select
from sqlalchemy.pool import NullPool

from storage import tables
from storage.database.engine import database, make_engine
from tests.command_line import Said
from tests.journeys.faults.kills import read as rows
from tests.journeys.faults.kills import settled, subscriber
from tests.journeys.portal_links.questions import ask, press, read
from tests.journeys.world import World, world

UNKNOWN = "quentin.fremd@fremd-mail.com"


@pytest.fixture(scope="module")
async def w(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A world in which some things were done and some refused; its bot has stopped."""
    async with world(tmp_path_factory.mktemp("record"), settings={"LINK_PROOF": "none"}) as told:
        subscription = subscriber(told, "Alma Audit")
        answer = await ask(told, subscription["id"])
        await press(told, answer, "show_link", "This link is for them only")
        await press(told, answer, "revoke_link", "revoked")
        await ask(told, subscription["id"], who="nobody")
        await ask(told, subscription["id"], who="guest")
        assert "no customer with that address" in read(await ask(told, UNKNOWN))
        assert "no customer with that address" in read(await ask(told, UNKNOWN.upper()))
        await settled(told)
        await told.bot.stop()
        yield told


def record(w: World) -> list[RowMapping]:
    return list(rows(w, select(tables.audit).order_by(tables.audit.c.number)))


async def verify(w: World, *words: str, **changed: str) -> Said:
    return await w.types("audit", "verify", *words, **changed)


async def tampered(w: World, tmp_path: Path, statement: str, *words: str) -> Said:
    """Verify a copy of the database in which somebody has changed something past the program."""
    for file in w.log.parent.glob("winback.db*"):
        shutil.copy(file, tmp_path)
    url = f"sqlite:///{tmp_path / 'winback.db'}"
    with make_engine(database(url), pool=NullPool).begin() as connection:
        assert connection.exec_driver_sql(statement).rowcount == 1
    return await verify(w, *words, DATABASE_URL=url)


async def test_refusals_are_logged_too(w: World) -> None:
    told = [(row["who"], row["action"], row["outcome"], row["note"].split(" ")[-1]) for row in record(w)]
    assert [each[:3] for each in told] == [
        ("winback", "policy", "taken"),
        ("U0AGENT001", "portal_link", "found 1"),
        ("U0AGENT001", "show_link", "shown"),
        ("U0AGENT001", "revoke_own", "done"),
        ("U0NOBODY01", "portal_link", "denied"),
        ("U0GUEST001", "portal_link", "denied"),
        ("U0AGENT001", "portal_link", "found 0"),
        ("U0AGENT001", "portal_link", "found 0"),
    ]
    assert (told[4][3], told[5][3]) == ("no_role", "guest")


async def test_unknown_address_is_logged_as_an_id(w: World) -> None:
    first, second = record(w)[-2:]
    assert first["whom"] == second["whom"]
    [side] = rows(w, select(tables.unknown_addresses))
    assert side["id"] == UUID(first["whom"])
    assert "@" not in str(record(w))
    assert "fremd" not in str([record(w), side]).lower()


async def test_intact_log_prints_its_head(w: World) -> None:
    last = record(w)[-1]
    head = f"{last['number']}:{last['mac']}"

    said = await verify(w)
    assert (said.status, said.lines) == (0, [f"{len(record(w))} rows, whole. Head: {head}"])
    assert (await verify(w, "--head", head)).status == 0
    earlier = record(w)[2]
    assert (await verify(w, "--head", f"{earlier['number']}:{earlier['mac']}")).status == 0


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit SET outcome = 'found 0' WHERE number = 1", 1),
        ("DELETE FROM audit WHERE number = 4", 4),
        (
            "INSERT INTO audit SELECT 9, who, action, whom, at, outcome, note, key_id, mac FROM audit WHERE number = 8",
            9,
        ),
        ("UPDATE audit SET key_id = '00000000' WHERE number = 6", 6),
    ],
)
async def test_tampering_is_found(w: World, tmp_path: Path, statement: str, broken: int) -> None:
    said = await tampered(w, tmp_path, statement)

    assert said.status == 1
    assert f"broken at row {broken}:" in said.out


async def test_cut_tail_is_found_by_the_head(w: World, tmp_path: Path) -> None:
    last = record(w)[-1]
    cut = f"DELETE FROM audit WHERE number = {last['number']}"

    said = await tampered(w, tmp_path, cut, "--head", f"{last['number']}:{last['mac']}")

    assert said.status == 1
    assert "Rows are missing at the end" in said.out


async def test_another_key_proves_nothing(w: World) -> None:
    said = await verify(w, SECRET_KEY="b7c91e04d2a85f3367e10c9fd48ab5216f3e7d90c85ba41e2d6770f9318ce5ab")

    assert said.status == 1
    assert "broken at row 1:" in said.out
