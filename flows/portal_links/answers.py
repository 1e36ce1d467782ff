"""Requests for a portal link, and all answers to them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from domain.billing.portal_access import Deleted, NotActive, Purpose, PurposeRefused, WrongMode
from domain.billing.subscription import Customer, Subscription
from domain.ids import CustomerId, LinkId, LookupId, StaffId, SubscriptionId
from flows.failures import OutsideFailure
from flows.people.staff_permissions import PermissionDenied
from flows.portal_links.address_guard import FreshAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An email address as typed, valid and normalised."""

    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What an agent wants: for whom, which page of the portal, and their ticket."""

    who: Address | str  # a str is a `cus_…` or `sub_…` id
    purpose: Purpose
    ticket: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonTarget:
    """The value of an answer's buttons, so that a button acts only on the customer shown above it."""

    lookup_id: LookupId
    customer_id: CustomerId
    subscription_id: SubscriptionId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupLimited:
    """Too many look-ups: `limit` per `per`; after `wait` there may be another. Nothing was looked up."""

    limit: int
    per: Literal["minute", "day"]
    wait: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupsAdded:
    """An agent may look up more customers for 24 hours; `already`: a manager had added them before."""

    staff_id: StaffId
    already: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NobodyFound:
    """No customer has that address or id. `search_answered` False: other spellings were not checked."""

    typed: str
    search_answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One of several customers; `live` ones can be picked."""

    customer: Customer
    subscription: Subscription | None  # the one that says most: live before ended, newest first
    live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeveralFound:
    """Several customers match, and the agent must pick one."""

    lookup_id: LookupId
    candidates: tuple[Candidate, ...]
    search_answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmSpelling:
    """Stripe's search failed, so other spellings of the address were not checked; the agent must confirm."""

    lookup_id: LookupId
    candidate: Candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class PickSubscription:
    """There are several live subscriptions, and the page is about one."""

    lookup_id: LookupId
    customer: Customer
    subscriptions: tuple[Subscription, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFound:
    """An active customer; no link exists yet. `can_email` and `can_show` say how one can be delivered.

    `typed` is the address as typed, if it differs from the one on file. `fresh_address` is set if the address
    changed lately: then only a manager may have the link emailed (`email_needs_manager`).
    """

    target: ButtonTarget
    customer: Customer
    subscriptions: tuple[Subscription, ...]
    purpose: Purpose
    ticket: str | None
    typed: str | None
    can_email: bool
    email_needs_manager: bool
    can_show: bool
    fresh_address: FreshAddress | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonExpired:
    """The button's look-up is over, or belongs to somebody else."""


Unopenable = NotActive | Deleted | WrongMode | PurposeRefused
"""Why there can be no link: the customer isn't active, or the page isn't for them."""

LookupAnswer = (
    CustomerFound
    | SeveralFound
    | ConfirmSpelling
    | PickSubscription
    | NobodyFound
    | Unopenable
    | LookupLimited
    | PermissionDenied
    | OutsideFailure
    | ButtonExpired
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkEmailed:
    """An email with the link is on its way to the address on file."""

    link_id: LinkId
    address: str
    expires_at: datetime
    openings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkShown:
    """A link for the agent to pass on. `link_id` None: Stripe's own link, which can't be revoked."""

    link_id: LinkId | None = None
    customer: Customer
    purpose: Purpose
    ticket: str | None
    url: str
    expires_at: datetime | None = None
    openings: int | None = None
    needs_code: bool = False


DeliveryAnswer = LinkEmailed | LinkShown | Unopenable | PermissionDenied | OutsideFailure | ButtonExpired


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRevoked:
    """The link is revoked; `at` is when, now or before."""

    at: datetime
