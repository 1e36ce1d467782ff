"""A sandbox, and Stripe's own client talking to it."""

import pytest
import stripe

from sandbox.server import Sandbox
from sandbox.stripe.account import Account
from tests.honesty.plugin import RECORDER
from tests.sandbox.stripe.billed import Books


def client_of(sandbox: Sandbox, key: str | None = None) -> stripe.StripeClient:
    return stripe.StripeClient(
        key or sandbox.stripe.access.restricted_key,
        base_addresses={"api": sandbox.stripe_api_url},
        http_client=stripe.HTTPXClient(timeout=10),
        max_network_retries=0,
    )


@pytest.fixture
async def account(sandbox: Sandbox) -> Account:
    return sandbox.stripe


@pytest.fixture
async def client(sandbox: Sandbox) -> stripe.StripeClient:
    return client_of(sandbox)


@pytest.fixture
async def reader(shared_sandbox: Sandbox) -> stripe.StripeClient:
    """A client for the tests that only read: they share a sandbox."""
    return client_of(shared_sandbox)


@pytest.fixture
async def staff(sandbox: Sandbox) -> stripe.StripeClient:
    """A client with the secret key, which may do everything."""
    return client_of(sandbox, sandbox.stripe.access.secret_key)


@pytest.fixture
def books() -> Books:
    """An account without doors, whose events are held against the SDK."""
    opened = Books()
    RECORDER.record(opened.account)
    return opened
