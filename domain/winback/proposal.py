"""Proposals, which wait for a manager's decision, and offers, which are on their way to a customer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.billing.subscription import Customer, Discount, Item
from domain.ids import CaseId, CustomerId, OfferId, PersonId, ProposalId, SessionId, StaffId, SubscriptionId
from domain.money import Money
from domain.winback.case_card import CaseCard, OfferReminder
from domain.winback.decision import DecisionReason, EarlierOffer, Rejection
from domain.winback.terms import OfferTerms

ProposalState = Literal["held_out", "open", "approved", "declined", "expired", "withdrawn", "stopped"]
"""`held_out`: for somebody in the holdout, never shown. `withdrawn`: its reasons are gone (they are back, somebody is
in touch with them, never contact). `stopped`: approved, but blocked by a check before sending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One manager's approval."""

    by: StaffId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a person may change about a proposal: the priced offer, the note in the email, and when it is sent.

    `note` is the manager's own paragraph in the email; `send_at` None: as soon as the sending hours permit.
    """

    terms: OfferTerms
    note: str | None
    send_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewording:
    """Somebody changed the words of the email, and nothing else, since the proposal's version `since`."""

    by: StaffId
    at: datetime
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRequest:
    """The customer asked for an offer: in which ticket, and who of the staff took it.

    `delivery` "link": nothing is emailed; that person passes on the offer's link.
    """

    ticket: str
    by: StaffId
    delivery: Literal["email", "link"] = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRow:
    """A proposal. `version` guards each change.

    `rule` and `step` are None if a person proposed it. `by_hand` is who did, or who changed it beyond the rule's
    `up_to`: that person can't approve it alone. `request` is set if the customer asked for it. `overrides` is the rule
    whose `never` a person passes over: then two managers must approve. `reworded` is set if the last change was one of
    the words alone. `why` is a code for why it was declined, withdrawn, stopped or opened again.
    """

    id: ProposalId
    case_id: CaseId
    person_id: PersonId
    subscription_id: SubscriptionId
    customer_id: CustomerId
    rule: str | None
    step: int | None
    draft: Draft
    reasons: tuple[DecisionReason, ...]
    rejected: tuple[Rejection, ...]
    state: ProposalState = "open"
    why: str | None = None
    by_hand: StaffId | None
    request: CustomerRequest | None = None
    overrides: str | None = None
    reworded: Rewording | None = None
    approvals: tuple[Approval, ...] = ()
    by_standing_approval: bool = False
    decided_by: StaffId | None = None  # who declined it, or approved it last
    decided_at: datetime | None = None
    created_at: datetime
    expires_at: datetime
    last_useful_at: datetime | None
    snoozed_until: datetime | None = None
    policy_digest: str
    version: int = 1

    @property
    def proposer(self) -> StaffId | None:
        """The person who proposed it, None if the policy did."""
        return self.request.by if self.request is not None else self.by_hand

    @property
    def by_link(self) -> bool:
        """Whether its offer isn't emailed: the proposer passes on its link. A call has none."""
        return self.request is not None and self.request.delivery == "link" and self.draft.terms.way != "call"


COSTS_MORE = "costs_more"
"""The `why` of an offer that would cost more than was approved; a new proposal with the new figure takes its place."""

OfferState = Literal["sending", "sent", "accepting", "accepted", "undoing", "undone", "over", "stopped", "failed"]
"""`over`: expired, withdrawn, or the customer came back another way; `why` says which."""

HELD = "held"
"""The `why` of a proposal that is open again because a manager held its email."""

TAKEN_BACK = "taken_back_"
"""Begins the `why` of an offer that a manager took back; the manager's reason follows."""

EmailState = Literal["waiting", "leaving", "sent", "unclear", "none"]
"""`leaving`: it is being handed to the mail server, so that nobody can hold it any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoSnapshot:
    """What accepting changes in a subscription, as it was before: for *Undo*."""

    cancel_at: datetime | None
    cancel_at_period_end: bool
    items: tuple[Item, ...]
    discounts: tuple[Discount, ...]
    trial_end_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRow:
    """An offer on its way to a customer and back. `version` guards each change.

    `attempts` counts the definite failures of each step: it is part of Stripe's idempotency key. `promised` is the
    first payment that the page showed and the customer agreed to, None if nothing is due. `charged` is what the budgets
    hold for it since it was accepted; None: what was approved. `given` is what its coupon has taken off
    invoices so far, None before the first look. `redeemed_with` is the subscription that the offer was redeemed with.
    `session_id` is the newest Checkout session; `session_expires_at` without it means that one is being opened.
    `undo_digest` is the digest of the *Undo* token, None until there is one. `no_thanks_at` is when the
    customer pressed *No, thanks*: no reminder and no later step follows, and they can still accept.
    """

    id: OfferId
    proposal_id: ProposalId
    case_id: CaseId
    person_id: PersonId
    subscription_id: SubscriptionId
    customer_id: CustomerId
    terms: OfferTerms
    note: str | None
    rule: str | None
    step: int | None
    approved_by: StaffId
    token_digest: str
    key_id: str
    state: OfferState
    why: str | None
    created_at: datetime
    send_at: datetime
    expires_at: datetime
    coupon_id: str | None = None
    promotion_code_id: str | None = None
    code: str | None = None
    attempts: tuple[tuple[str, int], ...] = ()
    email_state: EmailState
    sent_at: datetime | None = None
    reminder: OfferReminder | None = None
    no_thanks_at: datetime | None = None
    no_thanks_why: str | None = None
    request: CustomerRequest | None = None
    promised: Money | None = None
    charged: Money | None = None
    given: Money | None = None
    accepted_at: datetime | None = None
    session_id: SessionId | None = None
    session_expires_at: datetime | None = None
    redeemed_with: SubscriptionId | None = None
    before: UndoSnapshot | None = None
    undo_digest: str | None = None
    undo_until: datetime | None = None
    undone_at: datetime | None = None
    reserved: tuple[str, ...] = ()
    version: int = 1

    @property
    def held(self) -> Money:
        """What the budgets hold for it."""
        return self.terms.charge if self.charged is None else self.charged

    @property
    def unsent(self) -> bool:
        """Whether no email of it has begun to leave, so that the customer can't know of it."""
        again = dict(self.attempts).get("email", 0) > 0  # an earlier email may have arrived after all
        return self.state == "sending" and self.email_state == "waiting" and not again


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """Everything that a proposal's message shows now; rendering it needs no clock and no further reads.

    `earlier` are earlier offers to this person. `email_text` is the email as it would be sent, None if nothing is
    emailed. `remind_at` is when a reminder would follow if it were approved now. `needs_second`: two different people
    must approve. `offer` is the offer that the proposal became.
    """

    proposal: ProposalRow
    offer: OfferRow | None
    card: CaseCard
    customer: Customer | None
    earlier: tuple[EarlierOffer, ...]
    email_text: str | None
    remind_at: datetime | None = None
    needs_second: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingProposal:
    """A line of the list of what waits for a decision."""

    proposal: ProposalRow
    customer_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingProposals:
    """What waits for a decision, the first to expire first: one page of it, and what all of it would cost.

    `first` counts the proposals before the page and `total` all of them, `charges` is what all of them give away and
    give up at most, by currency, and `more` is the number of the next page, None on the last one.
    """

    listed: tuple[WaitingProposal, ...]
    first: int
    total: int
    charges: tuple[Money, ...]
    more: int | None
