"""A new harness for each test of proposals, and a new bot for each test of offers."""

from collections.abc import AsyncIterator

import pytest

from billing.stripe_billing import StripeBilling
from sandbox.server import Sandbox
from storage.store import SqlStore
from tests.builders.stripe import stripe_billing
from tests.flows.winback.harness import ProposalHarness, harness_on
from tests.flows.winback.offers.winback import Winback


@pytest.fixture
async def harness(empty_sandbox: Sandbox, sqlite_store: SqlStore) -> AsyncIterator[ProposalHarness]:
    empty_sandbox.faults.clear()
    async with harness_on(empty_sandbox, sqlite_store) as opened:
        yield opened


@pytest.fixture
async def billing(empty_sandbox: Sandbox) -> AsyncIterator[StripeBilling]:
    empty_sandbox.faults.clear()
    gateway = stripe_billing(empty_sandbox, seconds=2)
    yield gateway
    await gateway.close()


@pytest.fixture
async def winback(empty_sandbox: Sandbox, billing: StripeBilling, sqlite_url: str) -> AsyncIterator[Winback]:
    """On a fresh SQLite file."""
    made = Winback(empty_sandbox, billing, sqlite_url)
    yield made
    await made.store.close()


@pytest.fixture
async def shared_winback(empty_sandbox: Sandbox, billing: StripeBilling, database_url: str) -> AsyncIterator[Winback]:
    """On SQLite and PostgreSQL in turn, for what several do at once."""
    made = Winback(empty_sandbox, billing, database_url)
    yield made
    await made.store.close()
