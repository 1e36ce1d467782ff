"""A company with two plans at Stripe, customers who leave it, and the bot's Stripe adapter."""

from dataclasses import dataclass, field
from typing import Any

from billing.stripe_billing import StripeBilling
from domain.billing.subscription import Subscription
from domain.ids import SubscriptionId
from domain.winback.proposal import UndoSnapshot
from domain.winback.terms import OfferTerms
from flows.ports import SubscriptionReading
from sandbox.stripe.account import Account, Exchange
from sandbox.stripe.ledger import Json


@dataclass
class Shop:
    """`asked` holds the parameters of every POST to Stripe, by route, without what was to be expanded."""

    account: Account
    billing: StripeBilling
    pro: Json
    lite: Json
    asked: list[tuple[str, Json]] = field(default_factory=list)

    def watch(self, exchange: Exchange) -> None:
        if exchange.method == "POST":
            asked = {name: value for name, value in exchange.params.items() if name != "expand"}
            self.asked.append((exchange.route, asked))

    @property
    def updates(self) -> list[Json]:
        """What was asked of subscriptions, one after the other."""
        return [asked for route, asked in self.asked if route == "/v1/subscriptions/{id}"]

    def customer(self) -> Json:
        customer = self.account.create_customer(email="dana@acme-mail.com")
        self.account.cards.attach(customer)
        return customer

    def leaving(self, *lines: Any, **details: Any) -> Json:
        """Let somebody subscribe to the dearer plan, or to these lines, and cancel."""
        made = self.account.subscribe(self.customer(), *(lines or [self.pro]), **details)
        self.account.portal_cancel(made, "too_expensive")
        return made

    def left(self, *lines: Any, **details: Any) -> Json:
        """Let somebody subscribe, and be gone at once."""
        made = self.account.subscribe(self.customer(), *(lines or [self.pro]), **details)
        self.account.cancel_now(made)
        return made

    async def read(self, made: Json) -> Subscription:
        return (await self.billing.read_subscription(SubscriptionId(made["id"]))).subscription

    async def accept(self, offer: OfferTerms, made: Json, *, attempt: int = 1) -> SubscriptionReading:
        """Take an offer up, its coupon made before."""
        if offer.coupon is not None:
            await self.billing.coupon(offer.coupon, idempotency_key=f"coupon:{offer.coupon.id}")
        return await self.billing.accept(
            SubscriptionId(made["id"]), offer, idempotency_key=f"{made['id']}:accept:{attempt}"
        )

    async def put_back(self, offer: OfferTerms, before: Subscription, *, attempt: int = 1) -> Subscription:
        """Undo an offer that was taken up when the subscription was as `before`."""
        reading = await self.billing.put_back(
            before.id,
            before=UndoSnapshot(
                cancel_at=before.cancel_at,
                cancel_at_period_end=before.cancel_at_period_end,
                items=before.items,
                discounts=before.discounts,
                trial_end_at=before.trial_end_at,
            ),
            terms=offer,
            idempotency_key=f"{before.id}:undo:{attempt}",
        )
        return reading.subscription
