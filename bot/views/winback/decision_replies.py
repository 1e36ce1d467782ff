"""The private answers about proposals: what happened, what didn't, and what comes next."""

from bot.views import status_texts, texts
from bot.views.blocks import Message, escape, message, section
from domain.ids import ProposalId
from domain.winback.decision import Rejection
from domain.winback.proposal import ProposalRow
from domain.winback.status import status_of
from flows.failures import OutsideFailure
from flows.people.staff_permissions import PermissionDenied
from flows.ports.store import SendingPause
from flows.winback.offers.email import NoUnclearEmail, UnclearEmailResolved
from flows.winback.policy.budgets import OverBudget
from flows.winback.policy.eligibility import NotConfigured, NotEligible
from flows.winback.proposals import answers
from wording.decision_reasons import against_words
from wording.money import money
from wording.offer import short_words
from wording.sanitize import cut

NO_SUCH_PROPOSAL = "I no longer have that proposal, so nothing was done."
NO_MAIL = "I'm not set up to send emails, so nothing was settled. Your bot's administrator can set SMTP_URL."
ARRIVED = "Noted: the email arrived, and the offer stands as sent."
GOES_AGAIN = "The email goes out once more, under the same offer and code."
ENDED = "The offer ended meanwhile, so its email is not sent again."
SETTLED = "That was settled before, so your click changed nothing. The proposal's message says what became of it."
_MOST = 2500
_BUDGETS = {
    "month": "this month's budget",
    "approver": "your own budget of today",
    "rule": "the budget of the rule's standing approval",
}
_MISSING = {
    "approvals_channel": "APPROVALS_CHANNEL, the private channel where proposals are decided, is not set",
    "timezone": "TIMEZONE is not set, so it is not known when it is day for an email",
    "smtp": "nothing can be emailed: SMTP_URL and MAIL_FROM are not set",
    "public_url": "PUBLIC_URL is not set, so there is no page where an offer can be accepted",
}


def decision_message(answer: answers.DecisionAnswer) -> Message:
    """Return the answer to a click on a proposal, or to a form about one."""
    return message(decision_text(answer))


def decision_text(answer: answers.DecisionAnswer) -> str:  # noqa: C901, PLR0912  # one line for each kind of answer
    """Return the answer as mrkdwn."""
    match answer:
        case answers.Approved():
            return _approved(answer)
        case answers.Declined():
            return "Declined: nothing is sent. If the rule has another step, it gets its turn at its time."
        case answers.Snoozed():
            return f"Snoozed until {texts.time_text(answer.until)}. It comes back here then."
        case answers.DraftChanged():
            return _changed(answer)
        case answers.Proposed(proposal=proposal):
            if proposal.overrides is not None:
                return (
                    f"Proposed: {_offer(proposal)}. It waits in the approvals channel; since the rule never gives "
                    "this, two managers must approve it."
                )
            return (
                f"Proposed: {_offer(answer.proposal)}. It waits in the approvals channel; since it is your own, "
                "somebody else must approve it."
            )
        case answers.AlreadyDecided():
            return already_decided_text(answer.proposal)
        case answers.Outdated(only_words=True):
            return (
                "Only the words were changed since you looked, so nothing was done yet. The offer is the same: "
                f"{_offer(answer.proposal)}. Read the email in the message and press again."
            )
        case answers.Outdated():
            return (
                "It has changed since you looked, so nothing was done. The message shows it as it is now: "
                f"{_offer(answer.proposal)}."
            )
        case answers.NeedsAnotherApprover():
            whom = f" Ask {texts.people_text(answer.ask)}." if answer.ask else " It takes another manager."
            return (
                f"You proposed or approved this already, so your approval alone isn't enough. Nothing was sent.{whom}"
            )
        case NotEligible():
            return f"Nothing was done: {escape(rejections_text(answer.rejected))}."
        case OverBudget():
            return (
                f"Not approved, nothing was sent: {_BUDGETS[answer.which]} has only {money(answer.left)} left. "
                "The proposal stays open: offer less, or decide once the budget starts again."
            )
        case answers.NoSuchProposal():
            return NO_SUCH_PROPOSAL
        case SendingPause():
            return f"Not approved: {pause_text(answer)}. The proposal stays open."
        case NotConfigured():
            return not_configured_text(answer)
        case PermissionDenied() | OutsideFailure():
            return texts.refusal_text(answer)


def batch_decision_message(answer: answers.BatchDecision, names: dict[ProposalId, str]) -> Message:
    """Return the answer to several approvals at once; `names` holds a name for each proposal."""
    approved = [each for _, each in answer.answers if isinstance(each, answers.Approved) and not each.needs_second]
    said = f"{len(approved)} of {len(answer.answers)} approved."
    told = [
        section(f"*{escape(names.get(each, 'A proposal'))}*: {cut(decision_text(became), _MOST)}")
        for each, became in answer.answers
    ]
    return message(said, section(f"*{said}*"), *told)


def unclear_email_message(
    answer: UnclearEmailResolved | NoUnclearEmail | PermissionDenied | None, *, arrived: bool
) -> Message:
    """Return what *It arrived* or *Send again* did; None: no email can be sent now."""
    match answer:
        case None:
            return message(NO_MAIL)
        case UnclearEmailResolved():
            if arrived:
                return message(ARRIVED)
            return message(GOES_AGAIN if answer.offer.state == "sending" else ENDED)
        case NoUnclearEmail():
            return message(SETTLED)
        case PermissionDenied():
            return message(texts.denied_text(answer))


def already_decided_text(proposal: ProposalRow) -> str:
    """Return that the proposal was decided before, how, by whom and when."""
    before = "That was decided before, and your click changed nothing."
    if proposal.state == "approved" and proposal.decided_by and proposal.decided_at:
        return f"{before} <@{proposal.decided_by}> approved it {texts.time_text(proposal.decided_at)}."
    return f"{before} {status_texts.status_text(status_of(proposal, None))}"


def pause_text(pause: SendingPause) -> str:
    """Return who paused all sending, to follow a colon."""
    return f"<@{pause.by}> paused all sending {texts.time_text(pause.at)}; an admin resumes it by `/winback resume`"


def not_configured_text(lacking: NotConfigured) -> str:
    """Return which setting win-back lacks."""
    return f"That can't be sent: {_MISSING[lacking.what]}. Your bot's administrator can set it."


def rejections_text(rejected: tuple[Rejection, ...]) -> str:
    """Return everything that rules an offer out, each once."""
    return cut("; ".join(dict.fromkeys(against_words(each) for each in rejected)), _MOST)


def _approved(answer: answers.Approved) -> str:
    proposal = answer.proposal
    if answer.needs_second:
        why = (
            texts.NEEDS_TWO_MANAGERS
            if proposal.overrides is None
            else "The rule never gives this: it takes two managers."
        )
        return f"Your approval counts: {_offer(proposal)}. {why} Nothing is sent until another one approves it too."
    if proposal.draft.terms.way == "call":
        return "Approved: a personal talk. Nothing is emailed; the case's owner is asked in two days how it went."
    if proposal.by_link and proposal.request is not None:
        return f"Approved: {_offer(proposal)}. <@{proposal.request.by}> is told, and passes on its link."
    return (
        f"Approved: {_offer(proposal)}. The email goes out as soon as the sending hours allow, after a last check. "
        "Until it leaves, *Hold* on the message stops it."
    )


def _changed(answer: answers.DraftChanged) -> str:
    if answer.only_words:
        still = "Earlier approvals still count." if answer.proposal.approvals else "It is not approved yet."
        return f"Only the words were changed; the offer is the same: {_offer(answer.proposal)}. {still}"
    if answer.by_hand:
        return (
            f"Changed to {_offer(answer.proposal)}. That goes further than the rule lets a manager go alone, so "
            "somebody else must approve it."
        )
    return f"Changed to {_offer(answer.proposal)}. It is not approved yet."


def _offer(proposal: ProposalRow) -> str:
    return escape(short_words(proposal.draft.terms))
