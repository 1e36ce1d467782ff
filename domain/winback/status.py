"""The status of a case's win-back, from its newest proposal and the offer it became."""

from collections.abc import Iterable
from datetime import datetime

from domain.billing.subscription import Price
from domain.winback.case_card import WinbackState, WinbackStatus
from domain.winback.offer import SwitchPlan
from domain.winback.proposal import OfferRow, ProposalRow


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
        grown_to=grown_to,
        given=offer.given if offer is not None else None,
        left_price=_left_price(offer),
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
