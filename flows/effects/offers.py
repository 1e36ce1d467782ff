"""Effects of win-back, from the first evaluation to the undo of an offer."""

from domain.ids import CaseId, ChannelId, OfferId, ProposalId, StaffId
from flows.effects.priority import Priority
from flows.effects.row import EmailEffect, SlackEffect, StripeEffect


class EvaluateCase(StripeEffect, prunable=True):
    """Evaluate a case against the policy: propose what is due, or evaluate again when it will be."""

    case_id: CaseId


class EvaluateAllCases(StripeEffect, prunable=True):
    """Evaluate every open case against a new policy, identified by its digest."""

    digest: str


class ShowProposal(SlackEffect, priority=Priority.SOON, post_queue="approvals"):
    """Post or edit a proposal's message to show it as it is now. One row per proposal, desired state."""

    proposal_id: ProposalId


class PostRewording(SlackEffect, priority=Priority.SOON, post_queue="approvals"):
    """Post in a proposal's thread that only the words of its email were changed."""

    proposal_id: ProposalId


class MentionManagers(SlackEffect, priority=Priority.SOON, post_queue="approvals"):
    """Mention managers, once, in the thread of a proposal that has less than a working day left."""

    proposal_id: ProposalId


class ExpireProposal(SlackEffect, prunable=True):
    """Expire a proposal that nobody decided on, or show a snoozed one again."""

    proposal_id: ProposalId


class TellProposer(SlackEffect, priority=Priority.SOON, post_queue="people"):
    """Send the person who proposed an offer what became of it; `kind` is a `ProposerNewsKind`."""

    proposal_id: ProposalId
    to: StaffId
    kind: str


class RemindApprovals(SlackEffect, post_queue="approvals"):
    """Post in the approvals channel (`to`) what waits for a decision on a `day` (ISO 8601)."""

    day: str
    to: ChannelId


class PrepareOffer(StripeEffect, priority=Priority.WAITED_FOR):
    """Check an approved offer again, create its coupon and code at Stripe, then have its email sent."""

    offer_id: OfferId


class EmailOffer(EmailEffect, priority=Priority.WAITED_FOR):
    """Send an offer's email."""

    offer_id: OfferId


class RemindOffer(EmailEffect):
    """Send the one reminder of an offer that is about to end."""

    offer_id: OfferId


class ExpireOffer(SlackEffect, prunable=True):
    """Expire an offer that was not accepted."""

    offer_id: OfferId


class ReviseOffer(StripeEffect, priority=Priority.SOON):
    """Propose an offer again that would cost more than was approved."""

    offer_id: OfferId


class ClosePromotionCode(StripeEffect, priority=Priority.SOON, prunable=True):
    """Switch off the promotion code of an offer that no longer stands."""

    promotion_code_id: str


class CloseCheckout(StripeEffect, priority=Priority.SOON, prunable=True):
    """Close the open Checkout session of a withdrawn offer, so that nobody can pay in it."""

    offer_id: OfferId


class RedeemOffer(StripeEffect, priority=Priority.WAITED_FOR):
    """Do at Stripe what the customer accepted."""

    offer_id: OfferId


class TrackCost(StripeEffect, prunable=True):
    """Compute again what an accepted offer costs, after each of its invoices."""

    offer_id: OfferId


class EmailConfirmation(EmailEffect, priority=Priority.SOON):
    """Send the terms of what was accepted, with *Undo*."""

    offer_id: OfferId


class UndoOffer(StripeEffect, priority=Priority.WAITED_FOR):
    """Undo at Stripe what accepting changed."""

    offer_id: OfferId


class EmailRestart(EmailEffect):
    """Send the email, seven days before, that billing restarts after a pause."""

    offer_id: OfferId


class PostAcceptance(SlackEffect, priority=Priority.SOON, post_queue="replies"):
    """Post in the card's thread that the offer was accepted."""

    offer_id: OfferId


class PostUndone(SlackEffect, priority=Priority.SOON, post_queue="replies"):
    """Post in the card's thread that the acceptance was undone."""

    offer_id: OfferId
