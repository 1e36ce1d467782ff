"""What the flows need of the outside: each port is spoken by one room. Failures: see `flows.failures`."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from domain.card import Card, Paid, Place
from domain.ids import ChannelId, CustomerId, EffectId, EventId, OfferId, StaffId, SubscriptionId
from domain.letter import ConfirmationLetter, Letter, LinkLetter, OfferLetter, RestartLetter
from domain.money import Money
from domain.observation import Observation
from domain.portal import PortalFeatures, Purpose
from domain.portal_setting import PortalSetting
from domain.proposal import Before, OfferRow, ProposalView
from domain.rights import Role
from domain.subscription import Customer, Price, Subscription
from domain.terms import CouponTerms, Terms

Clock = Callable[[], datetime]
NewId = Callable[[], UUID]


# --- Stripe ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """An event of Stripe's as it came in. `payload` is the event's JSON as text."""

    id: EventId
    type: str
    livemode: bool
    created_at: datetime
    payload: str
    subject: str | None  # the subscription it is about, else the customer: two events of one never run at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One fresh read: subscription and customer in one answer, `read_at` from its `Date` (whole seconds)."""

    subscription: Subscription
    customer: Customer
    read_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Customers whose address equals the asked one after case-folding.

    `search_answered` is False where Stripe's search was not to be had: other spellings were then not checked.
    """

    customers: tuple[Customer, ...]
    search_answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Leavers:
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

    async def read_subscription(self, subscription_id: SubscriptionId) -> Reading:
        """Read a subscription with its customer, products, tiers and discounts in one call.

        Unknown: Refused(code="resource_missing").
        """

    async def read_customer(self, customer_id: CustomerId) -> Customer:
        """Read a customer; a deleted one comes back as such; unknown: Refused(code="resource_missing")."""

    async def subscriptions_of(self, customer_id: CustomerId) -> tuple[Subscription, ...]:
        """List all of a customer's subscriptions, ended ones too, newest first."""

    def leavers(self, *, since: datetime, walked_to: datetime | None) -> AsyncIterator[Leavers]:
        """Walk all subscriptions of the account, newest first, a page of 100 at a time.

        `walked_to`: go on with those created at that moment or before.

        Stripe cannot be asked for the cancelled ones of a time, so every page is read, also one without leavers.
        """

    async def find_customers(self, address: str) -> Matches:
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

    def events_back_to(self, moment: datetime) -> AsyncIterator[tuple[Notice, ...]]:
        """Walk the events that concern us from the newest back to `moment`, a page at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePreview:
    """What Stripe itself says an invoice will be.

    `due` is the figure to pay, with tax, discounts and balance counted; `due_at` when. `tax` None: none is added.
    """

    due: Money
    due_at: datetime
    subtotal: Money
    discount: Money
    tax: Money | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidInvoice:
    """A paid invoice: what was paid net of discounts and refunds, without tax."""

    id: str
    paid_at: datetime
    net: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionCode:
    """A code that one customer may type."""

    id: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutSession:
    """A Checkout session. `url` is a bearer secret of an open one: never stored, never logged."""

    id: str
    status: Literal["open", "complete", "expired"]
    url: str | None
    expires_at: datetime
    subscription_id: SubscriptionId | None


class Selling(Protocol):
    """Stripe, told to change what somebody pays. Each write takes the idempotency key of its step and attempt."""

    async def catalog(self) -> tuple[Price, ...]:
        """List the active recurring prices of the products that the portal configuration lets customers switch to."""

    async def price(self, price_id: str) -> Price:
        """Read one price; unknown or inactive: Refused(code="resource_missing")."""

    async def has_dispute(self, customer_id: CustomerId) -> bool:
        """Say whether any of a customer's newest 100 payments was disputed."""

    async def coupon(self, terms: CouponTerms, *, idempotency_key: str) -> None:
        """Have the coupon with these terms there: read by its id, made where missing.

        One with our id but other terms: Refused(code="coupon_differs").
        """

    async def promotion_code(
        self,
        *,
        coupon_id: str,
        customer_id: CustomerId,
        code: str,
        offer_id: OfferId,
        expires_at: datetime,
        idempotency_key: str,
    ) -> PromotionCode:
        """Have the customer's own code for an offer there: found by the offer's id in its metadata, made where missing.

        A code that somebody else's holds: Refused(code="code_taken").
        """

    async def preview(self, terms: Terms, *, subscription: Subscription) -> InvoicePreview:
        """Say what the first invoice will be if the offer is accepted now; nothing is changed.

        A pause is not in it: Stripe previews the invoice that it leaves out.
        """

    async def accept(self, terms: Terms, *, subscription: Subscription, idempotency_key: str) -> Reading:
        """Un-cancel and apply the offer in one update; discounts already there are sent along and so are kept."""

    async def put_back(
        self, *, subscription: Subscription, before: Before, terms: Terms, idempotency_key: str
    ) -> Reading:
        """Undo `accept`: cancelled as before, price, discounts, trial and collection as before."""

    async def open_checkout(
        self,
        terms: Terms,
        *,
        subscription: Subscription,
        offer_id: OfferId,
        promotion_code_id: str | None,
        success_url: str,
        cancel_url: str,
        expires_at: datetime,
        idempotency_key: str,
    ) -> CheckoutSession:
        """Open a Checkout session for a new subscription on the offer's terms, marked with the offer's id."""

    async def read_checkout(self, session_id: str) -> CheckoutSession:
        """Read a session."""

    async def expire_checkout(self, session_id: str) -> CheckoutSession:
        """Close an open session; one that is complete or expired already comes back as it is."""

    async def paid_invoices(self, subscription_id: SubscriptionId, *, since: datetime) -> tuple[PaidInvoice, ...]:
        """List the invoices paid since a moment for more than nothing, oldest first."""


class PortalSetup(Protocol):
    """Stripe's customer portal, set up: the configuration that the bot opens."""

    async def read(self) -> PortalSetting:
        """Read how it is set up; never saved: Refused(code="portal_not_saved")."""

    async def apply(self, wish: PortalSetting) -> PortalSetting:
        """Set it up as wished and return how Stripe then has it; may be repeated."""


class Notices(Protocol):
    """Stripe's events, read: from signed bytes to a notice, from a notice to what it says."""

    def verify(self, body: bytes, signature: str | None, *, wall: datetime) -> Notice:
        """Check the signature over the raw bytes and parse.

        Raises `flows.intake.Rejected`, which holds none of the body.
        """

    def observation(self, notice: Notice) -> Observation | None:
        """Translate a subscription event; None where it is about something else."""

    def completed_checkout(self, notice: Notice) -> str | None:
        """Name the session that a `checkout.session.completed` is about."""

    def address_change(self, notice: Notice) -> AddressChange | None:
        """Translate a `customer.updated` that changed the address."""


# --- Slack ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Who pressed or typed, by the two ids that Slack vouches for."""

    id: StaffId
    team_id: str | None  # None: nobody pressed just now, the directory itself says where they belong


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """Why somebody has no say here: `guest`, `outsider`, `bot`, `deactivated`, `unknown`."""

    why: str


class Directory(Protocol):
    """Who may do what: deny by default, groups cached for 60 s at most."""

    async def roles(self, staff: Staff) -> frozenset[Role] | Denied:
        """Say the roles of a member; none: an empty set; doubt of any kind: Denied or `Unavailable`."""

    async def members(self, role: Role) -> frozenset[StaffId]:
        """List who effectively has a role now."""

    async def name(self, staff_id: StaffId) -> str:
        """Say a member's display name, for letters to customers."""


class Chat(Protocol):
    """Slack, written to. `marker` travels as metadata so that a message can be found again."""

    async def post_card(self, card: Card, *, marker: EffectId) -> Place:
        """Post a new card into the cancellations channel."""

    async def edit_card(self, card: Card, *, place: Place, marker: EffectId) -> None:
        """Edit a card in place; a place that is gone for good: Refused(fault="destination", code="message_gone")."""

    async def post_comeback(self, card: Card, *, under: Place, marker: EffectId) -> Place:
        """Say in a card's thread that the customer came back."""

    async def post_proposal(self, view: ProposalView, *, marker: EffectId) -> Place:
        """Post a proposal into the approvals channel."""

    async def edit_proposal(self, view: ProposalView, *, place: Place, marker: EffectId) -> None:
        """Edit a proposal in place; one that is gone: Refused(fault="destination", code="message_gone")."""

    async def post_accepted(self, card: Card, offer: OfferRow, *, under: Place, marker: EffectId) -> Place:
        """Say in a card's thread that the offer was accepted."""

    async def remind(self, waiting: Sequence[ProposalView], *, to: ChannelId, marker: EffectId) -> Place:
        """List what waits for a decision."""

    async def ask_about_letter(self, view: ProposalView, *, to: ChannelId, marker: EffectId) -> Place:
        """Ask whether a letter of unclear fate arrived, with *It arrived* and *Send again*."""

    async def ask_owner(self, card: Card, *, marker: EffectId) -> Place:
        """Ask a case's owner, in a direct message with four buttons, what came of it."""

    async def alert(self, sentence: str, *, to: StaffId | ChannelId, marker: EffectId) -> Place:
        """Tell the people in charge something they must act on."""

    async def find(
        self, marker: EffectId, *, near: Place | StaffId | ChannelId | None, since: datetime
    ) -> Place | None:
        """Look for a message with this marker since a moment (wall time).

        `near` None: the cancellations channel; a Place: its thread; a StaffId: the direct messages with them;
        a ChannelId: that channel.
        History that cannot be read raises Unavailable: then nothing may be posted.
        """


# --- Letters --------------------------------------------------------------------------------------------------------


class Post(Protocol):
    """SMTP: hands a letter over."""

    async def hand_over(self, letter: Letter) -> None:
        """Hand over, or raise.

        Refused: the server said no. Unavailable: it never got it. Unclear: no answer came after DATA.
        """


class LetterWriter(Protocol):
    """Words for letters; pure."""

    def link(self, content: LinkLetter, *, message_id: str) -> Letter:
        """Write the letter with a portal link."""

    def offer(self, content: OfferLetter, *, message_id: str) -> Letter:
        """Write a win-back letter."""

    def confirmation(self, content: ConfirmationLetter, *, message_id: str) -> Letter:
        """Write the letter that repeats what was accepted."""

    def restart(self, content: RestartLetter, *, message_id: str) -> Letter:
        """Write the letter before billing restarts after a pause."""

    def code(self, *, customer: Customer, code: str, minutes: int, message_id: str) -> Letter:
        """Write the letter with a six-digit code."""
