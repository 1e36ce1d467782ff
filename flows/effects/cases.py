"""Effects of a cancellation: its card, further reads, and its outcome."""

from domain.ids import BatchId, CaseId, CustomerId, SubscriptionId
from flows.effects.priority import Priority
from flows.effects.row import SlackEffect, StripeEffect


class ShowCard(SlackEffect, priority=Priority.NEW_CARD, post_queue="cards"):
    """Post or edit the card of a case to show it as it is now. One row per case, desired state."""

    case_id: CaseId


class ShowBatch(SlackEffect, priority=Priority.NEW_CARD, post_queue="cards"):
    """Post or edit the message of a batch to show its cases as they are now. One row per batch, desired state."""

    batch_id: BatchId


class EnrichCase(StripeEffect, priority=Priority.SOON, prunable=True):
    """Read more from Stripe, and show it on the card."""

    case_id: CaseId


class CloseReasonWindow(SlackEffect, priority=Priority.SOON, prunable=True):
    """Ten minutes after the request: from "not given yet" to "no reason given"."""

    case_id: CaseId


class PostReturn(SlackEffect, priority=Priority.SOON, post_queue="replies"):
    """Post in the card's thread that the customer came back."""

    case_id: CaseId


class AskFollowUp(SlackEffect, post_queue="people"):
    """Ask the owner of a case for the result; `owned_at` (ISO 8601) identifies when they took it over."""

    case_id: CaseId
    owned_at: str


class RefreshSubscription(StripeEffect):
    """Read a subscription again: observations of one second contradict each other."""

    subscription_id: SubscriptionId


class RefreshCustomer(StripeEffect, priority=Priority.SOON, prunable=True):
    """Read all subscriptions of a customer again: they came back from the portal."""

    customer_id: CustomerId


class TrackOutcome(StripeEffect, prunable=True):
    """Check whether a customer who came back has paid, and 30 and 90 days later whether they stayed."""

    case_id: CaseId


class PostDigest(SlackEffect, post_queue="replies"):
    """Post the digest of so many days until a moment (ISO 8601) into the cancellations channel."""

    until: str
    days: int


class PostWelcome(SlackEffect, post_queue="replies"):
    """Post into the cancellations channel what will come there; `started_at` is the first start (ISO 8601)."""

    started_at: str


class PostSample(SlackEffect, post_queue="replies"):
    """Post an invented card that is marked as a sample; `asked_at` (ISO 8601) is when an admin asked for it."""

    asked_at: str
