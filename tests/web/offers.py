"""The public server over offers that were really made: a sandbox's Stripe, a store of their own, the flows between."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2
from starlette.applications import Starlette

from domain.winback.offer import Offer
from domain.winback.proposal import OfferRow
from sandbox.stripe.ledger import Json
from tests.databases import KEYRING
from tests.flows.winback.offers.flows import PUBLIC, TWENTY
from tests.flows.winback.offers.winback import Winback
from web import apps
from web.metrics import Metrics
from wording.company import Company

COMPANY = Company(
    name="Acme <Billing>",
    address="1 High Street, Springfield",
    support_url="https://acme.example/help",
    privacy_url="https://acme.example/privacy",
    color="#1f5eff",
)


@dataclass
class OfferSite:
    """The app as its customers meet it; `wall` moves its limits, the sandbox's clock everything else."""

    winback: Winback
    wall: datetime = field(default_factory=lambda: datetime(2026, 11, 22, 21, tzinfo=UTC))

    def app(self, *, public_url: str = PUBLIC, **changes: Any) -> Starlette:
        """Build the app with all its pages, or with some of them changed."""
        winback = self.winback
        parts: dict[str, Any] = {
            "links": winback.flows.landing_pages,
            "not_asked_for": winback.flows.not_asked_for,
            "acceptance": winback.offers.acceptance,
            "undoing": winback.offers.undoing,
            "unsubscribing": winback.flows.unsubscribing,
        }
        return apps.public_app(
            event_receiver=None,
            customers=apps.CustomerPages(**parts | changes),
            slack=[],
            company=COMPANY,
            zone=UTC,
            public_url=public_url,
            trusted_proxies=(),
            metrics=Metrics(),
            clock=winback.now,
            wall=lambda: self.wall,
        )

    def client(self, **changes: Any) -> httpx2.AsyncClient:
        """Send requests to the app."""
        transport = httpx2.ASGITransport(self.app(**changes), client=("203.0.113.7", 40000))
        return httpx2.AsyncClient(transport=transport, base_url=PUBLIC)

    async def leaving(self, offer: Offer = TWENTY, **details: Any) -> tuple[Json, OfferRow]:
        """Let somebody cancel and get an offer's email."""
        subscription, case = await self.winback.leaving(**details)
        return subscription, await self.winback.sent(case, offer)

    async def left(self, offer: Offer = TWENTY) -> tuple[Json, OfferRow]:
        """Let somebody end at once and get an offer's email."""
        subscription, case = await self.winback.left()
        return subscription, await self.winback.sent(case, offer)

    def path(self, offer: OfferRow) -> str:
        return f"/o/{self.winback.token(offer)}"

    def undo_path(self, offer: OfferRow) -> str:
        return f"/undo/{self.winback.token(offer, 'undo')}"

    async def unsubscribe_path(self, offer: OfferRow) -> str:
        async with self.winback.store.read() as unit:
            row = await unit.people.unsubscribe_of(offer.person_id)
        assert row is not None
        return f"/u/{KEYRING.link_token(row.id, 'unsubscribe', row.key_id)}"
