"""A harness for each test."""

from collections.abc import AsyncIterator

import pytest

from sandbox.server import Sandbox
from storage.store import SqlStore
from tests.flows.events.harness import EventHarness, event_harness


@pytest.fixture
async def harness(store: SqlStore, sandbox: Sandbox) -> AsyncIterator[EventHarness]:
    async with event_harness(store, sandbox) as opened:
        yield opened
