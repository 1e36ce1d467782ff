"""Effects of win-back, from the first evaluation to the undo of an offer."""

from dataclasses import dataclass

from domain.ids import CaseId, ChannelId, OfferId, ProposalId
from flows.effects.priority import Priority
from flows.effects.row import EmailEffect, SlackEffect, StripeEffect


@dataclass(frozen=True)
class EvaluateCase(StripeEffect):
    """Evaluate a case against the policy: propose what is due, or evaluate again when it will be."""

    prunable = True
    case_id: CaseId


@dataclass(frozen=True)
class EvaluateAllCases(StripeEffect):
    """Evaluate every open case against a new policy, identified by its digest."""

    prunable = True
    digest: str


@dataclass(frozen=True)
class ShowProposal(SlackEffect):
    """Post or edit a proposal's message to show it as it is now. One row per proposal, desired state."""

    priority = Priority.SOON
    post_queue = "approvals"

    proposal_id: ProposalId


@dataclass(frozen=True)
class PostRewording(SlackEffect):
    """Post in a proposal's thread that only the words of its email were changed."""

    priority = Priority.SOON
    post_queue = "approvals"

    proposal_id: ProposalId


@dataclass(frozen=True)
class ExpireProposal(SlackEffect):
    """Expire a proposal that nobody decided on, or show a snoozed one again."""

    prunable = True
    proposal_id: ProposalId


@dataclass(frozen=True)
class RemindApprovals(SlackEffect):
    """Post in the approvals channel (`to`) what waits for a decision on a `day` (ISO 8601)."""

    post_queue = "approvals"

    day: str
    to: ChannelId


@dataclass(frozen=True)
class PrepareOffer(StripeEffect):
    """Check an approved offer again, create its coupon and code at Stripe, then have its email sent."""

    priority = Priority.WAITED_FOR

    offer_id: OfferId


@dataclass(frozen=True)
class EmailOffer(EmailEffect):
    """Send an offer's email."""

    priority = Priority.WAITED_FOR

    offer_id: OfferId


@dataclass(frozen=True)
class RemindOffer(EmailEffect):
    """Send the one reminder of an offer that is about to end."""

    offer_id: OfferId


@dataclass(frozen=True)
class ExpireOffer(SlackEffect):
    """Expire an offer that was not accepted."""

    prunable = True
    offer_id: OfferId


@dataclass(frozen=True)
class ReviseOffer(StripeEffect):
    """Propose an offer again that would cost more than was approved."""

    priority = Priority.SOON

    offer_id: OfferId


@dataclass(frozen=True)
class CloseCheckout(StripeEffect):
    """Close the open Checkout session of a withdrawn offer, so that nobody can pay in it."""

    priority = Priority.SOON
    prunable = True

    offer_id: OfferId


@dataclass(frozen=True)
class RedeemOffer(StripeEffect):
    """Do at Stripe what the customer accepted."""

    priority = Priority.WAITED_FOR

    offer_id: OfferId


@dataclass(frozen=True)
class TrackCost(StripeEffect):
    """Compute again what an accepted offer costs, after each of its invoices."""

    prunable = True
    offer_id: OfferId


@dataclass(frozen=True)
class EmailConfirmation(EmailEffect):
    """Send the terms of what was accepted, with *Undo*."""

    priority = Priority.SOON

    offer_id: OfferId


@dataclass(frozen=True)
class UndoOffer(StripeEffect):
    """Undo at Stripe what accepting changed."""

    priority = Priority.WAITED_FOR

    offer_id: OfferId


@dataclass(frozen=True)
class EmailRestart(EmailEffect):
    """Send the email, seven days before, that billing restarts after a pause."""

    offer_id: OfferId


@dataclass(frozen=True)
class PostAcceptance(SlackEffect):
    """Post in the card's thread that the offer was accepted."""

    priority = Priority.SOON
    post_queue = "replies"

    offer_id: OfferId


@dataclass(frozen=True)
class PostUndone(SlackEffect):
    """Post in the card's thread that the acceptance was undone."""

    priority = Priority.SOON
    post_queue = "replies"

    offer_id: OfferId
