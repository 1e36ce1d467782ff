"""The public server as assembly builds it, over a real store and the sandbox's Stripe, asked without a network."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from starlette.applications import Starlette

from billing.webhook import StripeWebhooks
from domain.billing.portal_access import Purpose
from domain.ids import CustomerId, LinkId, StaffId
from domain.keyring import token_digest
from flows.events.receive import EventReceiver
from flows.ports.store import LinkRow
from sandbox.server import Sandbox
from storage.store import SqlStore
from tests.builders.context import SETTINGS, flows_on
from tests.builders.stripe import stripe_billing
from tests.databases import KEYRING
from tests.flows.winback.offers.winback import Winback
from tests.sandboxes import running
from tests.web.offers import COMPANY, OfferSite
from web import apps
from web.metrics import Metrics

SECRET = "whsec_tests"
PUBLIC = "https://billing.acme.example"
RETURN_URL = "https://acme.example/account"


class Ticking:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, length: timedelta) -> None:
        self.now += length


@dataclass
class Site:
    """The app with what is behind it; `wall` moves the rate limits and signatures, `clock` the links."""

    sandbox: Sandbox
    store: SqlStore
    customers: apps.CustomerPages
    event_receiver: EventReceiver
    clock: Ticking
    wall: Ticking
    metrics: Metrics = field(default_factory=Metrics)

    def app(self, **changes: Any) -> Starlette:
        """Build the app, with some of its parts changed."""
        settings: dict[str, Any] = {
            "event_receiver": self.event_receiver,
            "customers": self.customers,
            "slack": [],
            "company": COMPANY,
            "zone": UTC,
            "public_url": PUBLIC,
            "trusted_proxies": (),
            "metrics": self.metrics,
            "clock": self.clock,
            "wall": self.wall,
        }
        return apps.public_app(**settings | changes)

    def client(self, *, address: str = "203.0.113.7", **changes: Any) -> httpx2.AsyncClient:
        """Send requests to the app, from an address of the network."""
        transport = httpx2.ASGITransport(self.app(**changes), client=(address, 40000))
        return httpx2.AsyncClient(transport=transport, base_url=PUBLIC)

    def customer(self, email: str) -> dict[str, Any]:
        (found,) = self.sandbox.stripe.ledger.all("customer", email=email)
        return found

    async def link(self, email: str, *, needs_code: bool = False, **changes: Any) -> str:
        """Store a link for the customer of that address, and say its path."""
        link_id = LinkId(uuid4())
        token = KEYRING.link_token(link_id, "link", KEYRING.current)
        row: dict[str, Any] = {
            "id": link_id,
            "token_digest": token_digest(token),
            "key_id": KEYRING.current,
            "customer_id": CustomerId(self.customer(email)["id"]),
            "purpose": Purpose.HOME,
            "subscription_id": None,
            "channel": "shown",
            "made_by": StaffId("U1"),
            "made_at": self.clock(),
            "expires_at": self.clock() + timedelta(hours=1),
            "openings": 2,
            "openings_left": 2,
            "needs_code": needs_code,
            "code_number": 0,
            "code_expires_at": None,
            "code_tries_left": 0,
            "revoked_at": None,
            "revoked_by": None,
        }
        async with self.store.begin() as unit:
            await unit.links.add(LinkRow(**row | changes))
            await unit.commit()
        return f"/p/{token}"

    async def row(self, path: str) -> LinkRow:
        async with self.store.read() as unit:
            row = await unit.links.by_digest(token_digest(path.rpartition("/")[2]))
        assert row is not None
        return row

    async def code(self, path: str) -> str:
        """Return the code that the email of a link has."""
        row = await self.row(path)
        return KEYRING.code(row.id, row.code_number, row.key_id)


@pytest.fixture(scope="module")
async def seeded() -> AsyncIterator[Sandbox]:
    async with running() as started:
        yield started


@pytest.fixture
async def store(sqlite_url: str) -> AsyncIterator[SqlStore]:
    opened = SqlStore(sqlite_url, keyring=KEYRING, new_id=uuid4)
    yield opened
    await opened.close()


@pytest.fixture
async def site(seeded: Sandbox, store: SqlStore) -> AsyncIterator[Site]:
    seeded.faults.clear()
    clock, wall = Ticking(datetime(2026, 11, 22, 21, tzinfo=UTC)), Ticking(datetime(2026, 11, 22, 21, tzinfo=UTC))
    billing = stripe_billing(seeded, clock=clock)
    settings = replace(
        SETTINGS,
        public_url="https://billing.acme.example",
        return_url=RETURN_URL,
        needs_code=True,
        approvals=None,
        tell=("C0APPROVE1",),
    )
    webhooks = StripeWebhooks(secrets=[SECRET])
    flows = flows_on(store, billing=billing, webhooks=webhooks, settings=settings)
    customers = apps.CustomerPages(
        links=flows.landing_pages,
        not_asked_for=flows.not_asked_for,
        acceptance=None,
        undoing=None,
        unsubscribing=flows.unsubscribing,
    )
    yield Site(
        sandbox=seeded, store=store, customers=customers, event_receiver=flows.event_receiver, clock=clock, wall=wall
    )
    await billing.close()


@pytest.fixture
async def client(site: Site) -> AsyncIterator[httpx2.AsyncClient]:
    async with site.client() as opened:
        yield opened


@pytest.fixture
async def offer_site(empty_sandbox: Sandbox, sqlite_url: str) -> AsyncIterator[OfferSite]:
    empty_sandbox.faults.clear()
    billing = stripe_billing(empty_sandbox)
    winback = Winback(empty_sandbox, billing, sqlite_url)
    yield OfferSite(winback)
    await winback.store.close()
    await billing.close()
