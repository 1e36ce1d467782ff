"""One Stripe account per module, and a new bot for each test."""

from collections.abc import AsyncIterator

import pytest

from billing.stripe_billing import StripeBilling
from sandbox.server import Sandbox
from tests.builders.stripe import stripe_billing
from tests.flows.winback.offers.winback import Winback
from tests.sandboxes import running


@pytest.fixture(scope="module")
async def offers_sandbox() -> AsyncIterator[Sandbox]:
    async with running(seed=False) as started:
        yield started


@pytest.fixture
async def billing(offers_sandbox: Sandbox) -> AsyncIterator[StripeBilling]:
    offers_sandbox.faults.clear()
    gateway = stripe_billing(offers_sandbox, seconds=2)
    yield gateway
    await gateway.close()


@pytest.fixture
async def winback(offers_sandbox: Sandbox, billing: StripeBilling, sqlite_url: str) -> AsyncIterator[Winback]:
    """On a fresh SQLite file."""
    made = Winback(offers_sandbox, billing, sqlite_url)
    yield made
    await made.store.close()


@pytest.fixture
async def shared_winback(offers_sandbox: Sandbox, billing: StripeBilling, database_url: str) -> AsyncIterator[Winback]:
    """On SQLite and PostgreSQL in turn, for what several do at once."""
    made = Winback(offers_sandbox, billing, database_url)
    yield made
    await made.store.close()
