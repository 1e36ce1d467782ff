"""*Read the email*: all that a proposal's message leaves out, in a modal."""

from bot.views.blocks import Block, Message, context, mrkdwn, quote, rich_line, section
from bot.views.cancellations import card as card_view
from bot.views.cancellations.head_line import head_line
from bot.views.winback import proposal_texts
from bot.views.winback.decision_replies import decision_message
from domain.winback.proposal import ProposalView
from flows.failures import OutsideFailure
from flows.people.staff_permissions import PermissionDenied
from flows.winback.proposals.answers import NoSuchProposal
from wording.sanitize import cut, plain

READ_EMAIL_TITLE = "The email"
_MOST_EMAIL = 2900  # Slack: a block of rich text takes 3,000
_NO_EMAIL = "Nothing is emailed any more: the proposal is decided, or a person talks to them."


def read_message(answer: ProposalView | NoSuchProposal | PermissionDenied | OutsideFailure) -> Message:
    """Return the modal's content, or why there is nothing to read."""
    if not isinstance(answer, ProposalView):
        return decision_message(answer)
    told = (proposal_texts.reasons(answer), proposal_texts.rejections(answer), proposal_texts.earlier(answer))
    blocks = [
        rich_line(*head_line(answer.card, named=True)),
        section(proposal_texts.offer(answer)),
        *_email(answer),
        *(section(each) for each in told if each),
        card_view.facts_section(answer.card),
    ]
    return {"text": READ_EMAIL_TITLE, "blocks": blocks}


def _email(view: ProposalView) -> list[Block]:
    if view.email_text is None:
        return [context(mrkdwn(_NO_EMAIL))]
    return [section("*The email*"), quote(cut(plain(view.email_text), _MOST_EMAIL))]
