"""A case as it is stored: what Stripe says about it, and what people did with it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.billing.monthly_value import MonthlyValue
from domain.cancellations.case import Episode
from domain.ids import CaseId, ChannelId, CustomerId, PersonId, StaffId, SubscriptionId
from domain.money import Money

FollowUp = Literal["reached", "no_answer", "came_back", "lost"]
ReasonState = Literal["given", "not_yet", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a message stands in Slack."""

    channel: ChannelId
    ts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the newest read told of a subscription and its customer."""

    customer_id: CustomerId
    customer_name: str | None
    customer_email: str | None
    plan: str
    value: MonthlyValue
    started_at: datetime
    status: str
    livemode: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What was paid so far, net of refunds; `at_least` where there were more invoices than were read."""

    amount: Money
    at_least: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrichment:
    """What the second look told: money paid, and the decline code of a payment that failed for good."""

    paid: Paid | None
    decline_code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comeback:
    """How a lost customer is back: this subscription un-cancelled, or another one started since."""

    at: datetime
    subscription_id: SubscriptionId
    same_subscription: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A stored case: an episode, and what people did with it. `version` guards each change.

    `picked_at` is when somebody first set about an offer by hand: from then on it says nothing of the policy.
    """

    id: CaseId
    subscription_id: SubscriptionId
    person_id: PersonId
    episode: Episode
    silent: bool  # recorded, but from before the first start: never posted
    enrichment: Enrichment | None
    owner: StaffId | None
    owned_at: datetime | None
    follow_up: FollowUp | None
    tags: tuple[str, ...]
    version: int
    picked_at: datetime | None = None
