"""*Hold* and *Take back…*: their buttons, the form, and the answers."""

from typing import assert_never

from bot.views import modals, status_texts, texts
from bot.views.blocks import Block, Message, actions, button, escape, header, message, section, select
from bot.views.button_values import read_id
from bot.views.cancellations.card import HOLD, date_token
from bot.views.winback.decision_replies import NO_SUCH_PROPOSAL
from bot.views.winback.proposal_texts import brief
from domain.cancellations.stored_case import Facts
from domain.ids import ProposalId
from domain.winback.proposal import HELD, OfferRow, ProposalRow
from domain.winback.status import UnsentOffer, UnsentOffers, status_of
from flows.failures import OutsideFailure
from flows.people.staff_permissions import PermissionDenied
from flows.winback.proposals import answers
from wording.sanitize import cut, one_line

TAKE_BACK = "offer_take_back"
TAKE_BACK_FORM = "take_back_offer"
_NO_NAME = "(no name on file)"
_MOST = 80


def hold_button(proposal_id: ProposalId) -> Block:
    """Return *Hold*; it asks nothing, since the proposal only waits for a decision again."""
    return button("Hold", action=HOLD, value=str(proposal_id))


def take_back_button(proposal_id: ProposalId) -> Block:
    """Return *Take back…*."""
    return button("Take back…", action=TAKE_BACK, value=str(proposal_id))


def correction_buttons(proposal: ProposalRow, offer: OfferRow | None) -> list[Block]:
    """Return what can still be corrected about an approved proposal: held before its email leaves, then taken back."""
    if offer is None or offer.state not in {"sending", "sent"}:
        return []
    return [actions(hold_button(proposal.id) if offer.unsent else take_back_button(proposal.id))]


def read_proposal(value: str) -> ProposalId:
    """Read what both buttons carry; raises UnreadableValue."""
    return ProposalId(read_id(value))


def take_back_form(facts: Facts, proposal_id: ProposalId) -> modals.View:
    """Return the form *Take back…*; its first line says whose offer it is."""
    said = (
        "Its page will say that the offer no longer stands, and open payment pages and codes are closed. Nobody is "
        "emailed, and the time until the next offer to them counts on."
    )
    return modals.form_modal(
        TAKE_BACK_FORM,
        "Take the offer back?",
        "Take back",
        section(f"*{_name(facts.customer_name)}* · {escape(cut(one_line(facts.plan), _MOST))}"),
        section(said),
        modals.form_field(modals.WHY, "Why?", select(modals.WHY, status_texts.TAKE_BACK_REASONS)),
        about=str(proposal_id),
    )


def unsent_blocks(unsent: UnsentOffers) -> list[Block]:
    """Return the list of approved emails that can still be held; nothing if there are none."""
    if not unsent.listed:
        return []
    rest = unsent.total - len(unsent.listed)
    more = [section(f"and {rest} more, {'which leaves' if rest == 1 else 'which leave'} later.")] if rest > 0 else []
    return [header("Approved, not sent yet"), *map(_unsent, unsent.listed), *more]


def correction_message(answer: answers.CorrectionAnswer) -> Message:
    """Return the answer to *Hold* or *Take back…*."""
    text = _text(answer)
    match answer:
        case answers.AlreadyLeft(proposal=proposal, offer=offer) if offer.state in {"sending", "sent"}:
            return message(text, section(text), actions(take_back_button(proposal.id)))
        case answers.NotLeftYet(proposal=proposal):
            return message(text, section(text), actions(hold_button(proposal.id)))
        case _:
            return message(text)


def _text(answer: answers.CorrectionAnswer) -> str:  # noqa: C901  # one case for each kind of answer
    match answer:
        case answers.Held():
            return (
                "Held: nothing was sent, and nothing is reserved for it any more. The proposal waits for a decision "
                "again, in the approvals channel."
            )
        case answers.AlreadyLeft(proposal=proposal, offer=offer):
            return _left(proposal, offer)
        case answers.TakenBack():
            return (
                "Taken back: the offer's page now says that it no longer stands. What it reserved is released, and "
                "the time until the next offer to them counts on."
            )
        case answers.NotTakenBack(proposal=proposal, offer=offer):
            return _not_taken_back(proposal, offer)
        case answers.NotLeftYet():
            return "Its email hasn't left yet, so there is nothing to take back. *Hold* stops it."
        case answers.NotApproved(proposal=proposal):
            if (proposal.state, proposal.why) == ("open", HELD) and proposal.decided_by and proposal.decided_at:
                at = texts.time_text(proposal.decided_at)
                return f"<@{proposal.decided_by}> held it {at}. It waits for a decision, and nothing is sent."
            return "It isn't approved, so nothing is sent. Your click changed nothing."
        case answers.NoSuchProposal():
            return NO_SUCH_PROPOSAL
        case PermissionDenied():
            return texts.denied_text(answer)
        case OutsideFailure():
            return texts.failure_text(answer)
        case _:
            assert_never(answer)


def _left(proposal: ProposalRow, offer: OfferRow) -> str:
    if offer.state not in {"sending", "sent"}:
        return f"It can't be held any more. {status_texts.status_text(status_of(proposal, offer))}"
    if offer.sent_at is None:
        return "It is leaving at this moment; take the offer back instead?"
    return f"It left at {date_token(offer.sent_at, style='{time}')}; take the offer back instead?"


def _not_taken_back(proposal: ProposalRow, offer: OfferRow) -> str:
    if offer.state in {"accepting", "accepted"}:
        at = f" {texts.time_text(offer.accepted_at)}" if offer.accepted_at else " just now"
        return f"They accepted it{at}, so it can't be taken back. Nothing was done."
    return f"There is nothing to take back. {status_texts.status_text(status_of(proposal, offer))}"


def _unsent(unsent: UnsentOffer) -> Block:
    offer = unsent.offer
    told = f"*{_name(unsent.customer_name)}* · {escape(cut(brief(offer.terms), 200))}"
    return section(f"{told} · leaves {texts.time_text(offer.send_at)}", accessory=hold_button(offer.proposal_id))


def _name(name: str | None) -> str:
    return escape(cut(one_line(name or ""), _MOST) or _NO_NAME)
