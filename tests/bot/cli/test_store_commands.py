"""`migrate`, `effects` and `audit`: commands that work on the database alone, with or without a running bot."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from bot.cli.startup import now
from domain.ids import CaseId, EffectId, EventId
from domain.keyring import Keyring
from flows.effects import ShowCard
from flows.ports.store import AuditEntry
from storage import tables
from storage.database import revision
from storage.store import SqlStore
from tests.command_line import Said, winback
from tests.storage.samples import event

pytestmark = pytest.mark.usefixtures("processes")

KEY = "5b0f3c9e71a846d2e9c17b40f63ad85c"
WORKER = UUID(int=1)
LEASE = timedelta(minutes=1)


class Operator:
    """Somebody with settings and a database, and with no Slack or Stripe in reach."""

    def __init__(self, directory: Path, url: str) -> None:
        self.directory = directory
        self.url = url

    async def types(self, *words: str, **settings: str) -> Said:
        environment = {
            "SLACK_BOT_TOKEN": "xoxb-1",
            "SLACK_APP_TOKEN": "xapp-1",
            "STRIPE_API_KEY": "rk_test_1",
            "SECRET_KEY": KEY,
            "CANCELLATIONS_CHANNEL": "C012345678",
            "DATABASE_URL": self.url,
        }
        return await winback(*words, environment=environment | settings, directory=self.directory)

    def change(self, statement: str) -> None:
        """Change the database behind the program's back."""
        with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as database, database:
            database.execute(statement)


@pytest.fixture
def operator(tmp_path: Path, sqlite_url: str) -> Operator:
    return Operator(tmp_path, sqlite_url)


@pytest.fixture
async def store(sqlite_url: str) -> AsyncIterator[SqlStore]:
    opened = SqlStore(sqlite_url, keyring=Keyring([KEY]), new_id=uuid4)
    yield opened
    await opened.close()


async def test_a_new_database_is_migrated_once(tmp_path: Path) -> None:
    operator = Operator(tmp_path, f"sqlite:///{tmp_path}/new.db")

    first, second = await operator.types("migrate"), await operator.types("migrate")

    assert (first.status, first.out) == (0, f"The database is at {revision.head()} now.\n")
    assert (second.status, second.out) == (0, "Nothing to do.\n")


async def test_newer_database_is_left_alone(operator: Operator) -> None:
    operator.change("UPDATE alembic_version SET version_num = '9999'")

    said = await operator.types("migrate")

    assert said.status == 1
    assert said.err == "the database is at 9999, which this version does not know; install a newer version\n"


async def test_unopenable_database_is_one_line(tmp_path: Path) -> None:
    operator = Operator(tmp_path, f"sqlite:///{tmp_path}/no/such/folder/winback.db")

    for word in (("migrate",), ("audit", "verify"), ("serve",)):
        said = await operator.types(*word)
        assert (said.status, said.out) == (1, ""), word
        assert said.err.count("\n") == 1, said.err
        assert "database" in said.err


async def dead_effect(store: SqlStore) -> EffectId:
    async with store.begin() as unit:
        effect = await unit.outbox.request(ShowCard(CaseId(UUID(int=7))), key="card", due_at=now())
        await unit.commit()
    async with store.begin() as unit:
        await unit.outbox.claim("slack", owner=WORKER, now=now(), wall=now(), lease=LEASE, limit=1, probing=False)
        assert await unit.outbox.settle(effect, owner=WORKER, state="dead", fault="there is no such channel")
        await unit.commit()
    return effect


async def test_dead_effect_is_listed_and_retried(operator: Operator, store: SqlStore) -> None:
    effect = await dead_effect(store)

    listed = await operator.types("effects", "list")
    assert listed.status == 0
    (line,) = listed.lines
    assert line.startswith(f"{effect}  dead    ShowCard")
    assert line.endswith("there is no such channel")

    retried = await operator.types("effects", "retry", str(effect))
    assert (retried.status, retried.out) == (0, "1 retried.\n")
    assert str(effect) in (await operator.types("effects", "list", "--everything")).out
    async with store.read() as unit:
        (row,) = await unit.audit.rows(after=0, limit=10)
    assert (row.entry.who, row.entry.whom) == ("cli", str(effect))


async def test_row_that_cannot_be_read_is_listed_and_retried(operator: Operator, store: SqlStore) -> None:
    effect = await dead_effect(store)
    async with store._engine.begin() as connection:
        await connection.execute(update(tables.outbox).values(kind="send_postcard"))
    (line,) = (await operator.types("effects", "list")).lines
    assert line.startswith(f"{effect}  dead    UnreadableEffect   due ")
    assert (await operator.types("effects", "retry", str(effect))).out == "1 retried.\n"


async def test_all_dead_effects_are_retried(operator: Operator, store: SqlStore) -> None:
    await dead_effect(store)

    assert (await operator.types("effects", "retry", "--all")).out == "1 retried.\n"
    assert (await operator.types("effects", "retry", "--all")).out == "0 retried.\n"


async def test_set_aside_event_is_listed_and_retried(operator: Operator, store: SqlStore) -> None:
    async with store.begin() as unit:
        odd = replace(event(3), id=EventId("test-3"))
        await unit.inbox.add([event(1), event(2), odd], received_at=now() - timedelta(hours=5))
        await unit.inbox.set_aside(odd.id, fault="Stripe refused to read it")
        await unit.inbox.set_aside(EventId("evt_1"), fault="Stripe refused to read it")
        await unit.inbox.set_aside(EventId("evt_2"), fault="a fault in the program (KeyError); see the log")
        await unit.commit()

    listed = await operator.types("effects", "list")
    assert listed.lines == [
        "test-3  set aside  customer.subscription.updated  5 h old  Stripe refused to read it",
        "evt_2  set aside  customer.subscription.updated  5 h old  a fault in the program (KeyError); see the log",
        "evt_1  set aside  customer.subscription.updated  5 h old  Stripe refused to read it",
    ]

    assert (await operator.types("effects", "retry", "evt_1")).out == "1 retried.\n"
    again = await operator.types("effects", "retry", "evt_1")
    assert (again.status, again.out) == (1, "0 retried.\n")
    assert (await operator.types("effects", "retry", "test-3")).out == "1 retried.\n"
    assert (await operator.types("effects", "retry", "--all")).out == "1 retried.\n"
    async with store.read() as unit:
        assert await unit.inbox.count_aside() == 0
        assert [row.entry.whom for row in await unit.audit.rows(after=0, limit=10)] == ["evt_1", "test-3", "evt_2"]


async def test_paused_lane_shows_its_reason(operator: Operator, store: SqlStore) -> None:
    async with store.begin() as unit:
        await unit.outbox.pause("slack", at=now(), why="Slack refused the token")
        await unit.commit()

    said = await operator.types("effects", "list")

    assert said.lines == ["The slack lane is paused: Slack refused the token", "Nothing."]


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        ((), 2, "name one effect, or --all"),
        (("--all", str(uuid4())), 2, "name one effect, or --all"),
        (("card",), 2, "'card' isn't the id of an effect; `winback effects list` shows them"),
        ((str(uuid4()),), 1, "0 retried."),
    ],
)
async def test_unknown_effect_cannot_be_retried(
    operator: Operator, words: tuple[str, ...], status: int, sentence: str
) -> None:
    said = await operator.types("effects", "retry", *words)

    assert said.status == status
    assert sentence in said.out + said.err


async def recorded(store: SqlStore, count: int = 3) -> None:
    async with store.begin() as unit:
        for number in range(count):
            entry = AuditEntry(who="U1", action="portal_link", whom=f"cus_{number}", at=now(), outcome="found")
            await unit.audit.append(entry)
        await unit.commit()


async def test_the_record_is_listed_and_verified(operator: Operator, store: SqlStore) -> None:
    await recorded(store)

    listed, verified = await operator.types("audit", "list", "--after", "1"), await operator.types("audit", "verify")

    assert [line.split()[-1] for line in listed.lines] == ["cus_1", "cus_2"]
    assert verified.status == 0
    assert verified.out.startswith("3 rows, whole. Head: 3:")


async def test_an_empty_record_is_whole(operator: Operator) -> None:
    assert (await operator.types("audit", "verify")).out == "0 rows, whole. Head: 0:\n"


async def test_a_changed_row_is_found(operator: Operator, store: SqlStore) -> None:
    await recorded(store)
    operator.change("UPDATE audit SET outcome = 'none' WHERE number = 2")

    said = await operator.types("audit", "verify")

    assert (said.status, said.err) == (1, "")
    assert said.out.startswith("The audit log is broken at row 2: ")


async def test_truncated_log_is_found_by_its_head(operator: Operator, store: SqlStore) -> None:
    await recorded(store)
    head = (await operator.types("audit", "verify")).out.split()[-1]
    assert (await operator.types("audit", "verify", "--head", head)).status == 0
    operator.change("DELETE FROM audit WHERE number = 3")

    alone, noted = await operator.types("audit", "verify"), await operator.types("audit", "verify", "--head", head)

    assert alone.status == noted.status == 1
    assert alone.out == (
        "Rows are missing at the end of the audit log: it has 2, and the head stored with it says 3.\n"
    )
    operator.change("UPDATE audit_head SET number = 2, mac = (SELECT mac FROM audit WHERE number = 2)")
    assert (await operator.types("audit", "verify")).status == 0  # whoever can write can change the head as well

    noted = await operator.types("audit", "verify", "--head", head)

    assert noted.status == 1
    assert noted.out.startswith("That head isn't in the audit log: rows were cut off its end")


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM audit",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET number = 2",
        "UPDATE audit_head SET mac = 'a'",
    ],
)
async def test_log_without_its_head_is_not_whole(operator: Operator, store: SqlStore, change: str) -> None:
    await recorded(store)
    operator.change(change)

    said = await operator.types("audit", "verify")

    assert (said.status, said.err) == (1, "")
    assert said.out.startswith(("Rows are missing at the end", "The head stored with the audit log isn't"))
