"""Effects of a cancellation: its card, further reads, and its outcome."""

from dataclasses import dataclass

from domain.ids import BatchId, CaseId, CustomerId, SubscriptionId
from flows.effects.priority import Priority
from flows.effects.row import SlackEffect, StripeEffect


@dataclass(frozen=True)
class ShowCard(SlackEffect):
    """Post or edit the card of a case to show it as it is now. One row per case, desired state."""

    priority = Priority.NEW_CARD
    post_queue = "cards"

    case_id: CaseId


@dataclass(frozen=True)
class ShowBatch(SlackEffect):
    """Post or edit the message of a batch to show its cases as they are now. One row per batch, desired state."""

    priority = Priority.NEW_CARD
    post_queue = "cards"

    batch_id: BatchId


@dataclass(frozen=True)
class EnrichCase(StripeEffect):
    """Read more from Stripe, and show it on the card."""

    priority = Priority.SOON
    prunable = True

    case_id: CaseId


@dataclass(frozen=True)
class CloseReasonWindow(SlackEffect):
    """Ten minutes after the request: from "not given yet" to "no reason given"."""

    priority = Priority.SOON
    prunable = True

    case_id: CaseId


@dataclass(frozen=True)
class PostReturn(SlackEffect):
    """Post in the card's thread that the customer came back."""

    priority = Priority.SOON
    post_queue = "replies"

    case_id: CaseId


@dataclass(frozen=True)
class AskFollowUp(SlackEffect):
    """Ask the owner of a case for the result; `owned_at` (ISO 8601) identifies when they took it over."""

    post_queue = "people"

    case_id: CaseId
    owned_at: str


@dataclass(frozen=True)
class RefreshSubscription(StripeEffect):
    """Read a subscription again: observations of one second contradict each other."""

    subscription_id: SubscriptionId


@dataclass(frozen=True)
class RefreshCustomer(StripeEffect):
    """Read all subscriptions of a customer again: they came back from the portal."""

    priority = Priority.SOON
    prunable = True

    customer_id: CustomerId


@dataclass(frozen=True)
class TrackOutcome(StripeEffect):
    """Check whether a customer who came back has paid, and 30 and 90 days later whether they stayed."""

    prunable = True
    case_id: CaseId
