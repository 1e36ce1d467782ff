"""A sandbox, and Stripe's own client talking to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import stripe

from sandbox.server import Sandbox
from sandbox.stripe.account import Account
from tests.honesty.plugin import RECORDER
from tests.sandbox.stripe.billed import Books


@asynccontextmanager
async def client_of(sandbox: Sandbox, key: str | None = None) -> AsyncIterator[stripe.StripeClient]:
    http = stripe.AIOHTTPClient(timeout=10)
    try:
        yield stripe.StripeClient(
            key or sandbox.stripe.access.restricted_key,
            base_addresses={"api": sandbox.stripe_api_url},
            http_client=http,
            max_network_retries=0,
        )
    finally:
        await http.close_async()  # type: ignore[no-untyped-call]  # the SDK gives it no types


@pytest.fixture
async def account(sandbox: Sandbox) -> Account:
    return sandbox.stripe


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[stripe.StripeClient]:
    async with client_of(sandbox) as connected:
        yield connected


@pytest.fixture
async def reader(shared_sandbox: Sandbox) -> AsyncIterator[stripe.StripeClient]:
    """A client for the tests that only read: they share a sandbox."""
    async with client_of(shared_sandbox) as connected:
        yield connected


@pytest.fixture
async def staff(sandbox: Sandbox) -> AsyncIterator[stripe.StripeClient]:
    """A client with the secret key, which may do everything."""
    async with client_of(sandbox, sandbox.stripe.access.secret_key) as connected:
        yield connected


@pytest.fixture
def books() -> Books:
    """An account without an API, whose events are held against the SDK."""
    opened = Books()
    RECORDER.record(opened.account)
    return opened
