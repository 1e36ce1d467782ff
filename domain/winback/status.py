"""The status of a case's win-back, from its newest proposal and the offer it became, and what staff see of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.billing.subscription import Price
from domain.cancellations.stored_case import Facts
from domain.winback.case_card import WinbackState, WinbackStatus
from domain.winback.offer import SwitchPlan
from domain.winback.proposal import OfferRow, ProposalRow


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsentOffer:
    """An approved offer whose email hasn't begun to leave."""

    offer: OfferRow
    customer_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsentOffers:
    """The first of the offers whose emails can still be held, in the order in which they leave; `total` counts all."""

    listed: tuple[UnsentOffer, ...]
    total: int


ProposerNewsKind = Literal["approved", "changed", "declined", "expired", "withdrawn", "stopped", "held", "taken_back"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposerNews:
    """What the person who proposed an offer is told of it: `offer` is what it became, if it was approved."""

    kind: ProposerNewsKind
    proposal: ProposalRow
    offer: OfferRow | None
    facts: Facts

    @property
    def shows_link(self) -> bool:
        """Whether the offer's link can be passed on now."""
        return self.offer is not None and self.offer.state == "sent" and self.proposal.by_link


def newest_proposal(proposals: Iterable[ProposalRow]) -> ProposalRow | None:
    """Return the newest proposal that may be shown, or None; nothing is shown for somebody in the holdout."""
    shown = [each for each in proposals if each.state != "held_out"]
    return max(shown, key=lambda each: each.created_at, default=None)


def status_of(proposal: ProposalRow, offer: OfferRow | None) -> WinbackStatus:
    """Return how far a proposal has come."""
    if offer is None:
        state, at = _of_proposal(proposal)
        terms, by, why = proposal.draft.terms, proposal.decided_by, proposal.why
    else:
        state, at = _of_offer(offer)
        terms, by, why = offer.terms, offer.approved_by, offer.why
    email_out = offer is not None and offer.email_state in {"sent", "unclear"}
    grown_to = offer.held if offer is not None and offer.held.minor > offer.terms.charge.minor else None
    return WinbackStatus(
        terms=terms,
        state=state,
        at=at,
        by=by,
        why=why,
        email_out=email_out,
        reminder=offer.reminder if offer is not None else None,
        no_thanks_at=offer.no_thanks_at if offer is not None else None,
        no_thanks_why=offer.no_thanks_why if offer is not None else None,
        grown_to=grown_to,
        given=offer.given if offer is not None else None,
        left_price=_left_price(offer),
        passed_on_by=proposal.proposer if proposal.by_link else None,
        can_hold=proposal.id if offer is not None and offer.unsent else None,
    )


def _left_price(offer: OfferRow | None) -> Price | None:
    if offer is None or offer.before is None or not isinstance(offer.terms.offer, SwitchPlan):
        return None
    return offer.before.items[0].price


def _of_proposal(proposal: ProposalRow) -> tuple[WinbackState, datetime]:
    if proposal.state == "held_out":
        raise ValueError("nothing is shown for somebody in the holdout")
    if proposal.state != "open":
        return proposal.state, proposal.decided_at or proposal.created_at
    if proposal.snoozed_until is not None:
        return "snoozed", proposal.snoozed_until
    return "proposed", proposal.created_at


def _of_offer(offer: OfferRow) -> tuple[WinbackState, datetime]:
    known_at = offer.undone_at or offer.accepted_at or offer.sent_at or offer.created_at
    if offer.why == "call":
        return "approved", known_at
    if offer.state != "sending":
        return offer.state, known_at
    return ("unclear", known_at) if offer.email_state == "unclear" else ("sending", offer.send_at)
