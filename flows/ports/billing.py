"""Stripe, asked: subscriptions, customers and events, and the customer portal."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.billing.portal_access import PortalFeatures, Purpose
from domain.billing.portal_settings import PortalSetting
from domain.billing.subscription import Customer, Subscription
from domain.cancellations.observation import Observation
from domain.cancellations.stored_case import Paid
from domain.ids import CustomerId, EventId, SubscriptionId


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeEvent:
    """An event of Stripe's as it came in. `payload` is the event's JSON as text."""

    id: EventId
    type: str
    livemode: bool
    created_at: datetime
    payload: str
    subject: str | None  # the subscription it is about, else the customer: two events of one never run at once


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionReading:
    """One fresh read: subscription and customer in one answer, `read_at` from its `Date` (whole seconds)."""

    subscription: Subscription
    customer: Customer
    read_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerMatches:
    """Customers whose address equals the asked one after case-folding.

    `search_answered` is False where Stripe's search was not to be had: other spellings were then not checked.
    """

    customers: tuple[Customer, ...]
    search_answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelledSubscriptions:
    """A page of a walk over all subscriptions: those asked to end, or ended, since a moment.

    `walked_to` is when the oldest subscription of the page was created.
    """

    ids: tuple[SubscriptionId, ...]
    walked_to: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChange:
    """A customer's address on file changed."""

    customer_id: CustomerId
    changed_at: datetime
    before: str | None
    after: str | None


class Billing(Protocol):
    """Stripe, asked."""

    async def read_subscription(self, subscription_id: SubscriptionId) -> SubscriptionReading:
        """Read a subscription with its customer, products, tiers and discounts in one call.

        Unknown: Refused(code="resource_missing").
        """

    async def read_customer(self, customer_id: CustomerId) -> Customer:
        """Read a customer; a deleted one comes back as such; unknown: Refused(code="resource_missing")."""

    async def subscriptions_of(self, customer_id: CustomerId) -> tuple[Subscription, ...]:
        """List all of a customer's subscriptions, ended ones too, newest first."""

    def cancelled_subscriptions(
        self, *, since: datetime, walked_to: datetime | None
    ) -> AsyncIterator[CancelledSubscriptions]:
        """Walk all subscriptions of the account, newest first, a page of 100 at a time.

        `walked_to`: go on with those created at that moment or before.

        Stripe cannot be asked for the cancelled ones of a time, so every page is read, also one without leavers.
        """

    async def find_customers(self, address: str) -> CustomerMatches:
        """Ask list as typed, list in lower case and search, all three; unite by id."""

    async def address_changes(self, customer_id: CustomerId, *, since: datetime) -> tuple[AddressChange, ...]:
        """List the changes of a customer's address, newest first, from Stripe's events."""

    async def portal_features(self) -> PortalFeatures:
        """Say what the portal configuration in use allows."""

    async def open_portal(
        self,
        *,
        customer_id: CustomerId,
        purpose: Purpose,
        subscription_id: SubscriptionId | None,
        return_url: str | None,
        idempotency_key: str,
    ) -> str:
        """Make a portal session and return its address: a bearer secret, never stored and never logged."""

    async def paid_so_far(self, subscription_id: SubscriptionId, *, currency: str, until: datetime) -> Paid:
        """Add up the invoices paid by a moment, net of refunds; reads 100 at most."""

    async def decline_code(self, invoice_id: str) -> str | None:
        """Say why the newest payment of an invoice was declined, in Stripe's code."""

    def events_back_to(self, moment: datetime) -> AsyncIterator[tuple[StripeEvent, ...]]:
        """Walk the events that concern us from the newest back to `moment`, a page at a time."""


class PortalSetup(Protocol):
    """Stripe's customer portal, set up: the configuration that the bot opens."""

    async def read(self) -> PortalSetting:
        """Read how it is set up; never saved: Refused(code="portal_not_saved")."""

    async def apply(self, wish: PortalSetting) -> PortalSetting:
        """Set it up as wished and return how Stripe then has it; may be repeated."""


class InvalidEvent(Exception):
    """An incoming event was refused; `reason` is a plain word for the log and holds nothing of the body."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Webhooks(Protocol):
    """Stripe's events, read: from signed bytes to a notice, from a notice to what it says."""

    def verify(self, body: bytes, signature: str | None, *, wall: datetime) -> StripeEvent:
        """Check the signature over the raw bytes and parse.

        Raises `flows.events.receive.Rejection`, which holds none of the body.
        """

    def observation(self, event: StripeEvent) -> Observation | None:
        """Translate a subscription event; None where it is about something else."""

    def completed_checkout(self, event: StripeEvent) -> str | None:
        """Name the session that a `checkout.session.completed` is about."""

    def address_change(self, event: StripeEvent) -> AddressChange | None:
        """Translate a `customer.updated` that changed the address."""
