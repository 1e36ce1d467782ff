"""What can be asked about a portal link, on which terms, and all that can be answered."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from domain.billing.portal_access import NotActive, Purpose, RefusalReason
from domain.billing.subscription import Customer, Subscription
from domain.ids import CustomerId, LinkId, LookupId, SubscriptionId
from flows.failures import OutsideFailure
from flows.people.staff_permissions import PermissionDenied


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An e-mail address as it was typed, valid and normalised."""

    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What an agent asked: for whom, to which page of the portal, under which ticket of theirs."""

    who: Address | str  # a str is a `cus_…` or `sub_…` id
    purpose: Purpose
    ticket: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTerms:
    """How links are handed out; from the settings."""

    public_url: str | None
    return_url: str | None
    mail: bool  # letters can be sent
    needs_code: bool  # a shown link asks its opener for a code
    statuses: frozenset[str]
    per_minute: int = 5
    per_day: int = 60
    tell_managers_at: int = 30  # lookups in an hour
    tell: tuple[str, ...] = ()  # the channel or the managers that are told
    mailed_for: timedelta = timedelta(hours=72)
    mailed_openings: int = 5
    shown_for: timedelta = timedelta(hours=1)
    shown_openings: int = 2
    code_for: timedelta = timedelta(minutes=10)
    code_tries: int = 5
    fresh_address: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonTarget:
    """Whom an answer is about. Its buttons carry this, so that a click never means more than what stood above it."""

    lookup_id: LookupId
    customer_id: CustomerId
    subscription_id: SubscriptionId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupLimited:
    """Too many lookups: `limit` in `per`; nothing was looked up."""

    limit: int
    per: Literal["minute", "day"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NobodyFound:
    """No customer of that address or id. `search_answered` False: other spellings were not checked."""

    typed: str
    search_answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One of several customers: `live` ones can be picked."""

    customer: Customer
    subscription: Subscription | None  # the one that says most: live before ended, newest first
    live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeveralFound:
    """Several customers match: the agent picks, never the program."""

    lookup_id: LookupId
    candidates: tuple[Candidate, ...]
    search_answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmSpelling:
    """Search was not to be had: other spellings of the address were not checked; the agent confirms or stops."""

    lookup_id: LookupId
    candidate: Candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Inactive:
    """Nobody gets in: what was found, and no session. `kind`: not_active, deleted, wrong_mode."""

    kind: Literal["not_active", "deleted", "wrong_mode"]
    customer: Customer
    last: NotActive | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRefused:
    """The page asked for cannot be opened. `why`: a setting of the portal's, or the subscription's own state."""

    purpose: Purpose
    why: RefusalReason
    setting: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PickSubscription:
    """Several live subscriptions, and the purpose is about one."""

    lookup_id: LookupId
    customer: Customer
    subscriptions: tuple[Subscription, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFound:
    """A customer verified to be active; no link exists yet. What can be done is said by `can_email` and `can_show`.

    `typed` is the address as typed where it differs from the one on file. `address_changed_at` is set where the
    address is fresh: then mailing takes a manager (`email_needs_manager`).
    """

    target: ButtonTarget
    customer: Customer
    subscriptions: tuple[Subscription, ...]
    purpose: Purpose
    typed: str | None
    can_email: bool
    email_needs_manager: bool
    can_show: bool
    address_changed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonExpired:
    """The button belongs to a question that is no longer there, or to somebody else."""


LookupAnswer = (
    CustomerFound
    | SeveralFound
    | ConfirmSpelling
    | PickSubscription
    | NobodyFound
    | Inactive
    | FlowRefused
    | LookupLimited
    | PermissionDenied
    | OutsideFailure
    | ButtonExpired
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkEmailed:
    """A letter with the link is on its way to the address on file."""

    link_id: LinkId
    address: str
    expires_at: datetime
    openings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkShown:
    """A link for the agent's eyes. `link_id` None: Stripe's own link, which cannot be revoked."""

    link_id: LinkId | None
    url: str
    expires_at: datetime | None
    openings: int | None
    needs_code: bool


DeliveryAnswer = LinkEmailed | LinkShown | Inactive | FlowRefused | PermissionDenied | OutsideFailure | ButtonExpired


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRevoked:
    """The link opens nothing any more; `at` is when it was revoked, now or before."""

    at: datetime
