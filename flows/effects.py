"""The outbox's vocabulary: every effect outside, named by our ids only, written with the state that caused it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.card import Place
from domain.ids import (
    CaseId,
    ChannelId,
    CustomerId,
    EffectId,
    LinkId,
    OfferId,
    ProposalId,
    StaffId,
    SubscriptionId,
)

Lane = Literal["slack", "stripe", "mail"]
"""What an effect needs to work: a lane is paused as a whole when its credential fails."""


@dataclass(frozen=True, slots=True)
class ShowCard:
    """Make the card of a case look as the case is now: post it, or edit it. One row a case, desired state."""

    case_id: CaseId


@dataclass(frozen=True, slots=True)
class EnrichCase:
    """Read what needs further questions to Stripe, and show it on the card."""

    case_id: CaseId


@dataclass(frozen=True, slots=True)
class CloseReasonWindow:
    """Ten minutes after the request: from "not given yet" to "no reason given"."""

    case_id: CaseId


@dataclass(frozen=True, slots=True)
class TellComeback:
    """Say in the card's thread that the customer came back."""

    case_id: CaseId


@dataclass(frozen=True, slots=True)
class AskOwner:
    """Ask the owner of a case what came of the talk; `owned_at` (ISO 8601) tells which taking over is meant."""

    case_id: CaseId
    owned_at: str


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """Read a subscription afresh: what was seen within one second contradicts itself."""

    subscription_id: SubscriptionId


@dataclass(frozen=True, slots=True)
class ReadCustomer:
    """Read all subscriptions of a customer afresh: they came back from the portal."""

    customer_id: CustomerId


@dataclass(frozen=True, slots=True)
class MailLink:
    """Send the letter with a portal link to the address on file at Stripe."""

    link_id: LinkId


@dataclass(frozen=True, slots=True)
class MailCode:
    """Send a link's six-digit code to the address on file at Stripe."""

    link_id: LinkId


@dataclass(frozen=True, slots=True)
class AlertDead:
    """Tell the people in charge (`to`: a channel or a member), once, that an effect could not be done."""

    effect_id: EffectId
    to: str


@dataclass(frozen=True, slots=True)
class TellUnsent:
    """Tell the agent who asked for a letter with a portal link that it was not sent."""

    effect_id: EffectId
    link_id: LinkId


@dataclass(frozen=True, slots=True)
class AlertLookups:
    """Tell the managers (`to`: a channel or a member) that an agent asks for unusually many customers."""

    staff_id: StaffId
    to: str


@dataclass(frozen=True, slots=True)
class AnnounceManagers:
    """Tell the approvals channel (`to`) who became and who ceased to be a manager."""

    became: tuple[StaffId, ...]
    ceased: tuple[StaffId, ...]
    to: ChannelId


@dataclass(frozen=True, slots=True)
class ConsiderCase:
    """Hold a case against the policy: what is due is proposed, what is not is looked at again at its time."""

    case_id: CaseId


@dataclass(frozen=True, slots=True)
class ConsiderAll:
    """Hold every open case against a policy that was just taken, named by its digest."""

    digest: str


@dataclass(frozen=True, slots=True)
class ShowProposal:
    """Make a proposal's message look as the proposal is now. One row a proposal, desired state."""

    proposal_id: ProposalId


@dataclass(frozen=True, slots=True)
class EndProposal:
    """Let a proposal that nobody answered expire, or wake a snoozed one."""

    proposal_id: ProposalId


@dataclass(frozen=True, slots=True)
class RemindApprovals:
    """List in the approvals channel (`to`) what waits for a decision on a `day` (ISO 8601)."""

    day: str
    to: ChannelId


@dataclass(frozen=True, slots=True)
class PrepareOffer:
    """Check an approved offer once more, make its coupon and code at Stripe, then have its letter sent."""

    offer_id: OfferId


@dataclass(frozen=True, slots=True)
class MailOffer:
    """Send an offer's letter."""

    offer_id: OfferId


@dataclass(frozen=True, slots=True)
class EndOffer:
    """Let an offer that was not taken up expire."""

    offer_id: OfferId


@dataclass(frozen=True, slots=True)
class ApplyOffer:
    """Do at Stripe what the customer accepted."""

    offer_id: OfferId


@dataclass(frozen=True, slots=True)
class MailConfirmation:
    """Send the terms of what was accepted, with *Undo*."""

    offer_id: OfferId


@dataclass(frozen=True, slots=True)
class UndoOffer:
    """Put back at Stripe what accepting changed."""

    offer_id: OfferId


@dataclass(frozen=True, slots=True)
class MailRestart:
    """Write, seven days before, that billing restarts after a pause."""

    offer_id: OfferId


@dataclass(frozen=True, slots=True)
class TellAccepted:
    """Say in the card's thread that the offer was accepted."""

    offer_id: OfferId


@dataclass(frozen=True, slots=True)
class AlertUnclearLetter:
    """Ask the approvals channel (`to`) whether an offer's letter arrived: two buttons settle it."""

    offer_id: OfferId
    to: ChannelId


@dataclass(frozen=True, slots=True)
class AlertTwice:
    """Ask a person (`to`) to cancel and refund one of two subscriptions that one customer now pays for."""

    offer_id: OfferId
    to: ChannelId


@dataclass(frozen=True, slots=True)
class WatchReturn:
    """Look whether somebody who is back has paid, and 30 and 90 days after that whether they stayed."""

    case_id: CaseId


Effect = (
    ShowCard
    | EnrichCase
    | CloseReasonWindow
    | TellComeback
    | AskOwner
    | ReadAgain
    | ReadCustomer
    | MailLink
    | MailCode
    | AlertDead
    | TellUnsent
    | AlertLookups
    | AnnounceManagers
    | ConsiderCase
    | ConsiderAll
    | ShowProposal
    | EndProposal
    | RemindApprovals
    | PrepareOffer
    | MailOffer
    | EndOffer
    | ApplyOffer
    | MailConfirmation
    | UndoOffer
    | MailRestart
    | TellAccepted
    | AlertUnclearLetter
    | AlertTwice
    | WatchReturn
)

LANES: dict[type[Effect], Lane] = {
    ShowCard: "slack",
    EnrichCase: "stripe",
    CloseReasonWindow: "slack",
    TellComeback: "slack",
    AskOwner: "slack",
    ReadAgain: "stripe",
    ReadCustomer: "stripe",
    MailLink: "mail",
    MailCode: "mail",
    AlertDead: "slack",
    TellUnsent: "slack",
    AlertLookups: "slack",
    AnnounceManagers: "slack",
    ConsiderCase: "stripe",
    ConsiderAll: "stripe",
    ShowProposal: "slack",
    EndProposal: "slack",
    RemindApprovals: "slack",
    PrepareOffer: "stripe",
    MailOffer: "mail",
    EndOffer: "slack",
    ApplyOffer: "stripe",
    MailConfirmation: "mail",
    UndoOffer: "stripe",
    MailRestart: "mail",
    TellAccepted: "slack",
    AlertUnclearLetter: "slack",
    AlertTwice: "slack",
    WatchReturn: "stripe",
}

EffectState = Literal["waiting", "running", "done", "dead", "unclear"]
"""`unclear`: it may have happened and cannot be looked up; a person settles it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """An effect with its progress.

    `due_at` is business time; `retry_at`, `attempt_started_at` and the lease are wall time. `attempt_started_at` is
    committed before each call that may have an effect: set on a row just claimed, it means that an earlier attempt
    may have succeeded. `wanted` counts what was asked, `shown` what was done. `place` is where the message stands,
    `cause` the id of the event that asked for it last.
    """

    id: EffectId
    effect: Effect
    state: EffectState
    due_at: datetime
    retry_at: datetime | None
    attempt_started_at: datetime | None
    attempts: int
    wanted: int
    shown: int
    place: Place | None
    fault: str | None
    cause: str | None
