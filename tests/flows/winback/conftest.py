"""One Stripe account per module, and a new bureau for each test."""

from collections.abc import AsyncIterator

import pytest

from sandbox.server import Sandbox
from storage.store import SqlStore
from tests.flows.winback.bureau import Bureau, bureau_on
from tests.sandboxes import running


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running(seed=False) as started:
        yield started


@pytest.fixture
async def bureau(sandbox: Sandbox, sqlite_store: SqlStore) -> AsyncIterator[Bureau]:
    sandbox.faults.clear()
    async with bureau_on(sandbox, sqlite_store) as opened:
        yield opened
