"""Reading Stripe: subscriptions, customers, events and the customer portal."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.billing.past_terms import PastTerms
from domain.billing.portal_access import PortalFeatures, PortalSetting, Purpose
from domain.billing.subscription import Customer, Subscription
from domain.cancellations.observation import Observation
from domain.cancellations.routine import SubscriptionUpdate
from domain.cancellations.stored_case import Paid
from domain.ids import CustomerId, EventId, SessionId, SubscriptionId


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeEvent:
    """A Stripe event as it came in. `payload` is the event's JSON as text; `accounts` are those that it names.

    `routine`: what it changed is what renewals change, so that events which may be about a cancellation go first.
    """

    id: EventId
    type: str
    livemode: bool
    created_at: datetime
    payload: str
    subject: str | None  # its subscription, else its customer: two events of one never run at once
    accounts: frozenset[str] = frozenset()  # what is stored is our own account's, and names none
    routine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionReading:
    """A subscription and its customer from one read; `read_at` is from the `Date` header (whole seconds)."""

    subscription: Subscription
    customer: Customer
    read_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerMatches:
    """The customers whose address is the one looked up, however either is written.

    `search_answered` is False if Stripe's search failed: other spellings were not checked then.
    """

    customers: tuple[Customer, ...]
    search_answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelledSubscriptions:
    """One page of a walk over all subscriptions: the ids of those cancelled or ended since a moment.

    `walked_to` is when the oldest subscription of the page was created.
    """

    ids: tuple[SubscriptionId, ...]
    walked_to: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedPayment:
    """Why a payment failed: Stripe's code, and its type of the payment method, where it is known."""

    code: str
    method: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChange:
    """A change of a customer's address on file."""

    customer_id: CustomerId
    changed_at: datetime
    before: str | None
    after: str | None


class Billing(Protocol):
    """Reading Stripe, and opening its customer portal."""

    async def account_id(self) -> str | None:
        """Return the id of our account at Stripe; None while it can't be read, asked once a minute."""

    async def read_subscription(self, subscription_id: SubscriptionId) -> SubscriptionReading:
        """Read a subscription with its customer, products, tiers and discounts in one call.

        Unknown: Refused(code="resource_missing").
        """

    async def as_it_was(self, reading: SubscriptionReading, past: PastTerms) -> Subscription | None:
        """Return a subscription with the terms that an event shows; None where Stripe no longer tells all of them."""

    async def read_customer(self, customer_id: CustomerId) -> Customer:
        """Read a customer, also a deleted one; unknown: Refused(code="resource_missing")."""

    async def subscriptions_of(self, customer_id: CustomerId) -> tuple[Subscription, ...]:
        """Return all of a customer's subscriptions, ended ones too, newest first."""

    async def live_subscriptions_of(self, customer_id: CustomerId) -> tuple[SubscriptionId, ...]:
        """Return the ids of a customer's subscriptions that are in use, newest first; it asks for nothing else."""

    async def live_subscriptions_by_address(
        self, address: str, *, newest: bool
    ) -> Mapping[CustomerId, tuple[SubscriptionId, ...] | None]:
        """Return the customers with an address, and what each has in use; None: it takes `live_subscriptions_of`.

        One call, as a rule, which may miss people who came within the last minutes; with `newest` they are found too.
        """

    def cancelled_subscriptions(
        self, *, since: datetime, walked_to: datetime | None
    ) -> AsyncIterator[CancelledSubscriptions]:
        """Walk all subscriptions of the account, newest first, in pages of 100.

        `walked_to`: continue with those created then or before. Stripe can't list only those cancelled since a moment,
        so every page is read.
        """

    async def find_customers(self, address: str) -> CustomerMatches:
        """Return the customers with an address, from Stripe's list and its search."""

    async def address_changes(
        self, customer_id: CustomerId, *, since: datetime, most_pages: int
    ) -> tuple[AddressChange, ...]:
        """Return the changes of a customer's address since a moment (30 days back at most), newest first.

        All customers' events are walked, in pages of 100; more than `most_pages`: Unavailable.
        """

    async def portal_features(self) -> PortalFeatures:
        """Return what the portal configuration allows, at most a minute old."""

    async def portal_setting(self) -> PortalSetting:
        """Return the portal's settings, read now; never saved: Refused(code="portal_not_saved")."""

    async def open_portal(
        self,
        *,
        customer_id: CustomerId,
        purpose: Purpose,
        subscription_id: SubscriptionId | None,
        return_url: str | None,
        idempotency_key: str,
    ) -> str:
        """Create a portal session and return its URL: a bearer secret, never stored and never logged."""

    async def paid_so_far(self, subscription_id: SubscriptionId, *, currency: str, until: datetime) -> Paid:
        """Return the sum of the newest 100 invoices paid until a moment, net of refunds."""

    async def failed_payment(self, invoice_id: str) -> FailedPayment | None:
        """Return why an invoice's newest declined payment failed, or None."""

    def events_back_to(self, moment: datetime) -> AsyncIterator[tuple[StripeEvent, ...]]:
        """Walk the events that we handle from the newest back to `moment`, page by page, each newest first."""

    def events_after(self, event_id: EventId) -> AsyncIterator[tuple[StripeEvent, ...]]:
        """Walk the events that we handle from one of them to the newest, page by page, each newest first."""


class PortalSetup(Protocol):
    """The settings of Stripe's customer portal."""

    async def read(self) -> PortalSetting:
        """Read the settings; never saved: Refused(code="portal_not_saved")."""

    async def apply(self, wanted: PortalSetting) -> PortalSetting:
        """Change the settings and return them as Stripe then has them; repeating it does no harm."""


class InvalidEvent(Exception):
    """An incoming event was refused; `reason` is for the log and holds nothing of the body."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Webhooks(Protocol):
    """Stripe's webhooks: from signed bytes to an event, and from an event to what it says."""

    def verify(self, body: bytes, signature: str | None, *, wall: datetime) -> StripeEvent:
        """Check the signature over the raw bytes, at most 300 s old or ahead, and parse; raises InvalidEvent.

        Whether it is of our account and mode is not looked at.
        """

    def observation(self, event: StripeEvent) -> Observation | None:
        """Return what a subscription event shows; None for any other event, and where it can't be read."""

    def past_terms(self, event: StripeEvent) -> PastTerms | None:
        """Return the terms just before a subscription event; None where it shows no cancellation, or can't be read."""

    def update(self, event: StripeEvent) -> SubscriptionUpdate | None:
        """Return what a subscription event shows and changed; None where `observation` is None."""

    def completed_checkout(self, event: StripeEvent) -> SessionId | None:
        """Return the session of a `checkout.session.completed`; None for any other event."""

    def address_change(self, event: StripeEvent) -> AddressChange | None:
        """Return the change of address in a `customer.updated`; None for any other event."""

    def deleted_address(self, event: StripeEvent) -> str | None:
        """Return the address that a customer had, from their `customer.deleted`; None for any other event."""
