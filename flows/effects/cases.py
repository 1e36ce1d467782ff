"""What a cancellation asks for: its card, its facts, and looks at what becomes of it."""

from dataclasses import dataclass

from domain.ids import CaseId, CustomerId, SubscriptionId
from flows.effects.lanes import SlackEffect, StripeEffect


@dataclass(frozen=True)
class ShowCard(SlackEffect):
    """Make the card of a case look as the case is now: post it, or edit it. One row a case, desired state."""

    case_id: CaseId


@dataclass(frozen=True)
class EnrichCase(StripeEffect):
    """Read what needs further questions to Stripe, and show it on the card."""

    case_id: CaseId


@dataclass(frozen=True)
class CloseReasonWindow(SlackEffect):
    """Ten minutes after the request: from "not given yet" to "no reason given"."""

    case_id: CaseId


@dataclass(frozen=True)
class PostReturn(SlackEffect):
    """Say in the card's thread that the customer came back."""

    case_id: CaseId


@dataclass(frozen=True)
class AskFollowUp(SlackEffect):
    """Ask the owner of a case what came of the talk; `owned_at` (ISO 8601) tells which taking over is meant."""

    case_id: CaseId
    owned_at: str


@dataclass(frozen=True)
class RefreshSubscription(StripeEffect):
    """Read a subscription afresh: what was seen within one second contradicts itself."""

    subscription_id: SubscriptionId


@dataclass(frozen=True)
class RefreshCustomer(StripeEffect):
    """Read all subscriptions of a customer afresh: they came back from the portal."""

    customer_id: CustomerId


@dataclass(frozen=True)
class TrackOutcome(StripeEffect):
    """Look whether somebody who is back has paid, and 30 and 90 days after that whether they stayed."""

    case_id: CaseId
