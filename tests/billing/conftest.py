"""A Stripe account of its own for each module here, and the bot's Stripe room connected to it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from billing.stripe_billing import StripeBilling
from sandbox.server import Sandbox
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import Json
from tests.billing.shop import Shop
from tests.builders.stripe import stripe_billing


@pytest.fixture
def sandbox(empty_sandbox: Sandbox) -> Sandbox:
    """The module's sandbox, without the faults of the test before."""
    empty_sandbox.faults.clear()
    return empty_sandbox


@pytest.fixture
def account(sandbox: Sandbox) -> Account:
    return sandbox.stripe


@pytest.fixture
async def billing(sandbox: Sandbox) -> AsyncIterator[StripeBilling]:
    gateway = stripe_billing(sandbox, seconds=2)
    yield gateway
    await gateway.close()


@pytest.fixture
def offer_billing(billing: StripeBilling) -> StripeBilling:
    return billing


@pytest.fixture(scope="module")
def plans(empty_sandbox: Sandbox) -> tuple[Json, Json]:
    """A dearer and a lighter plan of one product."""
    catalog = empty_sandbox.stripe.catalog
    product = catalog.add_product("Acme")
    return catalog.add_price(product, 4900, "eur"), catalog.add_price(product, 1900, "eur")


@pytest.fixture
def shop(account: Account, billing: StripeBilling, plans: tuple[Json, Json]) -> Iterator[Shop]:
    opened = Shop(account, billing, *plans)
    account.observers.append(opened.watch)
    yield opened
    account.observers.remove(opened.watch)
