"""A sandbox for each module here, the store of each test, and the Slack room on both."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from sandbox.server import Sandbox
from sandbox.slack.workspace import Workspace
from storage.store import SqlStore
from tests.bot.harness import SlackHarness, slack_harness
from tests.bot.operator import Operator, beside
from tests.databases import KEYRING
from tests.sandboxes import running


@pytest.fixture(scope="module")
async def module_sandbox() -> AsyncIterator[Sandbox]:
    async with running() as started:
        started.slack.limits.enabled = False
        started.slack.deliveries.ack_seconds = 15  # a busy machine is no fault of the program's
        yield started


@pytest.fixture
def sandbox(module_sandbox: Sandbox) -> Sandbox:
    """The module's sandbox, without the faults of the test before, and with nothing open in front of anybody."""
    module_sandbox.faults.clear()
    for who in module_sandbox.slack.people:
        module_sandbox.slack.reload(who)
    return module_sandbox


@pytest.fixture
def slack(sandbox: Sandbox) -> Workspace:
    return sandbox.slack


@pytest.fixture
async def store(sqlite_url: str) -> AsyncIterator[SqlStore]:
    """One database is enough here: both are proven in `tests/storage`."""
    opened = SqlStore(sqlite_url, keyring=KEYRING, new_id=uuid4)
    yield opened
    await opened.close()


@pytest.fixture
async def room(sandbox: Sandbox, store: SqlStore) -> AsyncIterator[SlackHarness]:
    async with slack_harness(sandbox, store) as opened:
        yield opened


@pytest.fixture
async def operator(sandbox: Sandbox, tmp_path: Path, sqlite_url: str) -> AsyncIterator[Operator]:
    """Somebody at the command line beside the module's sandbox, with an empty database."""
    async with beside(sandbox, tmp_path, sqlite_url) as sitting:
        yield sitting
