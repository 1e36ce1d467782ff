"""A case as people meet it: what Stripe told, what people did with it, and all that its card shows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.billing.monthly_value import MonthlyValue
from domain.cancellations.case import Episode
from domain.ids import CaseId, ChannelId, CustomerId, PersonId, StaffId, SubscriptionId
from domain.money import Money
from domain.winback.terms import OfferTerms

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


WinbackState = Literal[
    "proposed", "snoozed", "approved", "declined", "expired", "withdrawn", "stopped",
    "sending", "unclear", "sent", "accepting", "accepted", "undoing", "undone", "over", "failed",
]  # fmt: skip
"""How far the newest proposal of a case has come: its own words, and from `sending` on those of its offer. `approved`
is a call that was approved; `unclear` an offer whose letter may or may not have gone out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WinbackStatus:
    """Where the win-back of a case stands: its newest proposal, or the offer that came of it.

    `at` is the newest moment known of it; of a snoozed proposal when it wakes, of an offer in `sending` when its letter
    goes out. `by` is who decided, None where nobody did. `why` is the code of what stopped it. `letter_out`: a letter
    went out, or may have.
    """

    terms: OfferTerms
    state: WinbackState
    at: datetime
    by: StaffId | None
    why: str | None
    letter_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCard:
    """All that a card shows of its case now; rendering it needs no clock and no further question."""

    case: Case
    facts: Facts
    reason_state: ReasonState
    comeback: Comeback | None
    back_with: Facts | None  # what they are back with, where that is another subscription
    number: int  # the person's first, second, … cancellation
    suppressed: bool  # somebody said "never contact"
    winback: WinbackStatus | None  # None: nothing was proposed yet, or nothing that may be shown
    reference: str
