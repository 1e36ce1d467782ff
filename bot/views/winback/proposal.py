"""A proposal's message in the approvals channel, the reminder, and the question about an unclear email."""

from collections.abc import Sequence
from uuid import UUID

from bot.views.blocks import (
    Block,
    Message,
    actions,
    button,
    confirm,
    context,
    escape,
    mrkdwn,
    option,
    plain_text,
    quote,
    rich,
    rich_line,
    rich_section,
    section,
    text_run,
)
from bot.views.button_values import own_value, read_number
from bot.views.cancellations import card as card_view
from bot.views.cancellations.head_line import head_line
from bot.views.winback import proposal_texts
from bot.views.winback.corrections import correction_buttons
from domain.ids import ProposalId
from domain.winback.proposal import ProposalRow, ProposalView, WaitingProposal, WaitingProposals
from wording.grammar import count
from wording.offer import total_cost
from wording.sanitize import cut, one_line

APPROVE, CHANGE, DECLINE, MORE = "proposal_approve", "proposal_change", "proposal_decline", "proposal_more"
READ_EMAIL, SNOOZE, NEVER_CONTACT = "read_email", "snooze", "never_contact"
EMAIL_ARRIVED, EMAIL_AGAIN = "email_arrived", "email_again"

_FULL = card_view.CardStyle(detail="full", portal_links=False, winback=True)
"""The approvals channel is private, so it shows the name and the comment."""


def proposal_message(view: ProposalView) -> Message:
    """Return a proposal's message: with buttons while it is open, afterwards with the result."""
    return {"text": escape(proposal_texts.headline(view)), "blocks": _blocks(view)}


def email_question(view: ProposalView) -> Message:
    """Return the question whether an offer's email arrived; raises ValueError without an offer."""
    if view.offer is None:
        raise ValueError("only an offer has an email")
    ask = (
        "The connection to the mail server broke while a win-back email was being sent, so I don't know whether it "
        "arrived. I won't send it again by myself."
    )
    offer_id = str(view.offer.id)
    look = "Check the mail server's log, or ask the customer."
    return {
        "text": ask,
        "blocks": [
            section(f":grey_question: {ask} {look}"),
            *card_view.customer_line(view.card, _FULL),
            section(proposal_texts.offer(view)),
            actions(
                button("It arrived", action=EMAIL_ARRIVED, value=offer_id),
                button("Send again", action=EMAIL_AGAIN, value=offer_id),
            ),
        ],
    }


def reminder_message(waiting: WaitingProposals) -> Message:
    """Return the proposals that wait for a decision, the first to expire on top."""
    number = waiting.total
    waits = f"{count(number, 'proposal')} {'waits' if number == 1 else 'wait'} for a decision"
    said = f"{waits}, {total_cost(waiting.charges)} in all."
    hint = "Each stands in the approvals channel; on my Home tab several can be approved at once."
    rest = listed_text(waiting)
    hints = [rest, hint] if rest else [hint]
    listed = map(waiting_section, waiting.listed)
    return {"text": said, "blocks": [section(f"*{said}*"), *listed, context(mrkdwn(" ".join(hints)))]}


def listed_text(waiting: WaitingProposals) -> str | None:
    """Return which of many proposals are listed and how to see the others; None if all of them are."""
    total, last = waiting.total, waiting.first + len(waiting.listed)
    if waiting.more is None and waiting.first == 0:
        return None
    shown = (
        f"{last} of {total} are listed" if waiting.first == 0 else f"Numbers {waiting.first + 1} to {last} of {total}"
    )
    more = f"`/winback pending {waiting.more}` lists the next ones" if waiting.more else "these are the last"
    return f"{shown}, the first to expire on top; {more}."


def waiting_section(waiting: WaitingProposal) -> Block:
    """Return a line with the customer, the offer, its cost and the deadline."""
    proposal = waiting.proposal
    offer = cut(proposal_texts.brief(proposal.draft.terms), 200)
    by = card_view.date_token(proposal.expires_at, style="{date_short_pretty} at {time}")
    return section(f"*{escape(customer_name(waiting))}* · {escape(offer)} · decide by {by}")


def customer_name(waiting: WaitingProposal) -> str:
    """Return the customer's name, or that none is on file."""
    return cut(one_line(waiting.customer_name or ""), 80) or "(no name on file)"


def total_cost_text(waiting: Sequence[WaitingProposal]) -> str:
    """Return the most that several proposals give away and give up together, by currency."""
    return f"{total_cost([each.proposal.draft.terms.charge for each in waiting])} in all"


def button_value(proposal: ProposalRow) -> str:
    """Return what a proposal's buttons carry: which proposal, and which version of it was shown."""
    return f"{proposal.id} {proposal.version}"


@own_value()
def read_button(value: str) -> tuple[ProposalId, int]:
    """Read a `button_value`; raises UnreadableValue."""
    proposal_id, version = value.split(" ")
    return ProposalId(UUID(proposal_id)), read_number(version)


def _blocks(view: ProposalView) -> list[Block]:
    """Return what a decision needs: who and why they leave, the offer and its cost, why this, and how the email begins.

    The rest is behind *Read the email*. Once it is decided, the result is all that is left.
    """
    match proposal_texts.state(view):
        case "proposed":
            return _to_decide(view)
        case "snoozed":
            return [*_short(view), _times(view), _buttons(view)]
        case _:
            buttons = correction_buttons(view.proposal, view.offer)
            return [*_short(view), section(proposal_texts.outcome(view)), *buttons, _reference(view)]


def _short(view: ProposalView) -> list[Block]:
    line = rich_line(text_run(f"{proposal_texts.title(view)} · ", bold=True), *head_line(view.card, named=True))
    return [line, section(proposal_texts.offer(view))]


def _to_decide(view: ProposalView) -> list[Block]:
    said = card_view.comment_quote(view.card, _FULL)
    quotes = [part for block in said for part in block["elements"]]
    why, begins = proposal_texts.why_in_short(view), proposal_texts.email_begins(view)
    people = [mrkdwn(each) for each in proposal_texts.people(view)]
    return [
        rich(rich_section(*head_line(view.card, named=True)), *quotes),
        section(proposal_texts.offer(view)),
        *([context(mrkdwn(why))] if why else []),
        *([quote(begins)] if begins else []),
        *([context(*people[-10:])] if people else []),
        _times(view),
        _buttons(view),
    ]


def _times(view: ProposalView) -> Block:
    return context(mrkdwn(f"{proposal_texts.times(view)} Ref {view.card.reference}"))


def _reference(view: ProposalView) -> Block:
    return context(plain_text(f"Ref {view.card.reference}"))


def _buttons(view: ProposalView) -> Block:
    proposal = view.proposal
    value = button_value(proposal)
    by_email = proposal.draft.terms.way != "call" and not proposal.by_link
    agreed = confirm(
        title="Approve and send?" if by_email else "Approve?",
        text=proposal_texts.confirm_text(view),
        yes="Approve & send" if by_email else "Approve",
    )
    label = "Approve & send" if by_email else "Approve"
    read = option("Read the email" if by_email else "Read more", f"{READ_EMAIL} {value}")
    snooze, never = (
        option("Snooze…", f"{SNOOZE} {value}"),
        option("Never contact…", f"{NEVER_CONTACT} {proposal.case_id}"),
    )
    return actions(
        button(label, action=APPROVE, value=value, style="primary", confirm=agreed),
        button("Change…", action=CHANGE, value=value),
        button("Decline…", action=DECLINE, value=value),
        {"type": "overflow", "action_id": MORE, "options": [read, snooze, never]},
    )
