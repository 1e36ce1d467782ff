"""What winning back asks for, from the first look to a discount undone."""

from dataclasses import dataclass

from domain.ids import CaseId, ChannelId, OfferId, ProposalId
from flows.effects.lanes import EmailEffect, SlackEffect, StripeEffect


@dataclass(frozen=True)
class EvaluateCase(StripeEffect):
    """Hold a case against the policy: what is due is proposed, what is not is looked at again at its time."""

    case_id: CaseId


@dataclass(frozen=True)
class EvaluateAllCases(StripeEffect):
    """Hold every open case against a policy that was just taken, named by its digest."""

    digest: str


@dataclass(frozen=True)
class ShowProposal(SlackEffect):
    """Make a proposal's message look as the proposal is now. One row a proposal, desired state."""

    proposal_id: ProposalId


@dataclass(frozen=True)
class ExpireProposal(SlackEffect):
    """Let a proposal that nobody answered expire, or wake a snoozed one."""

    proposal_id: ProposalId


@dataclass(frozen=True)
class RemindApprovals(SlackEffect):
    """List in the approvals channel (`to`) what waits for a decision on a `day` (ISO 8601)."""

    day: str
    to: ChannelId


@dataclass(frozen=True)
class PrepareOffer(StripeEffect):
    """Check an approved offer once more, make its coupon and code at Stripe, then have its letter sent."""

    offer_id: OfferId


@dataclass(frozen=True)
class EmailOffer(EmailEffect):
    """Send an offer's letter."""

    offer_id: OfferId


@dataclass(frozen=True)
class ExpireOffer(SlackEffect):
    """Let an offer that was not taken up expire."""

    offer_id: OfferId


@dataclass(frozen=True)
class CloseCheckout(StripeEffect):
    """Close the open Checkout session of an offer that was withdrawn, so that nobody pays in it any more."""

    offer_id: OfferId


@dataclass(frozen=True)
class RedeemOffer(StripeEffect):
    """Do at Stripe what the customer accepted."""

    offer_id: OfferId


@dataclass(frozen=True)
class EmailConfirmation(EmailEffect):
    """Send the terms of what was accepted, with *Undo*."""

    offer_id: OfferId


@dataclass(frozen=True)
class UndoOffer(StripeEffect):
    """Put back at Stripe what accepting changed."""

    offer_id: OfferId


@dataclass(frozen=True)
class EmailRestart(EmailEffect):
    """Write, seven days before, that billing restarts after a pause."""

    offer_id: OfferId


@dataclass(frozen=True)
class PostAcceptance(SlackEffect):
    """Say in the card's thread that the offer was accepted."""

    offer_id: OfferId
