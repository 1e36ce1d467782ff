"""The texts of a proposal's message: its notification, its header and its lines."""

from collections.abc import Iterable
from datetime import UTC

from bot.views import status_texts, texts
from bot.views.blocks import escape
from domain.winback.case_card import WinbackState
from domain.winback.decision import EarlierOffer
from domain.winback.proposal import ProposalView
from domain.winback.status import status_of
from domain.winback.terms import OfferTerms
from wording.dates import full_day
from wording.decision_reasons import because_words, rejected_words
from wording.grammar import capital, with_article
from wording.offer import brief_cost, offer_words, short_words, terms_words
from wording.offer_cost import cost_words
from wording.sanitize import cut, one_line, plain

MOST_LINES = 8
_MOST_PLAN, _MOST_LINE, _MOST_BEGIN = 80, 250, 120

_TITLES: dict[WinbackState, str] = {
    "proposed": "Win-back proposal",
    "snoozed": "Snoozed",
    "approved": "Approved: a talk",
    "declined": "Declined",
    "expired": "Expired",
    "withdrawn": "Withdrawn",
    "stopped": "Not sent",
    "sending": "Approved",
    "unclear": "Email unclear",
    "sent": "Offer sent",
    "accepting": "Being accepted",
    "accepted": "Accepted",
    "undoing": "Being undone",
    "undone": "Undone",
    "over": "Over",
    "failed": "Failed",
}


def state(view: ProposalView) -> WinbackState:
    """Return the state of a proposal and its offer."""
    return status_of(view.proposal, view.offer).state


def title(view: ProposalView) -> str:
    """Return the header: state and plan."""
    return f"{_TITLES[state(view)]}: {one_line(view.card.facts.plan)}"


def headline(view: ProposalView) -> str:
    """Return the notification, without name or address: locked screens show it."""
    customer = f"{with_article(cut(one_line(view.card.facts.plan), _MOST_PLAN))} customer"
    if state(view) == "proposed":
        return f"A win-back offer for {customer} waits for a decision: {brief(view.proposal.draft.terms)}"
    return f"The win-back offer for {customer} ({brief(view.proposal.draft.terms)}): {_TITLES[state(view)].lower()}"


def brief(terms: OfferTerms) -> str:
    """Return the offer and the most it can cost, in a few words."""
    return f"{short_words(terms)}, {brief_cost(terms)}"


def offer(view: ProposalView) -> str:
    """Return the offer and the most it can cost."""
    terms = view.proposal.draft.terms
    return f"*{escape(capital(terms_words(terms)))}*\n{escape(cost_words(terms))}"


def reasons(view: ProposalView) -> str | None:
    """Return why this is proposed."""
    if not view.proposal.reasons:
        by = view.proposal.by_hand
        return f"*Why this:* <@{by}> proposes it." if by else None
    return _list("Why this", map(because_words, view.proposal.reasons))


def why_in_short(view: ProposalView) -> str | None:
    """Return why this is proposed, on one line."""
    if not view.proposal.reasons:
        return reasons(view)
    return f"*Why this:* {escape(cut('; '.join(map(because_words, view.proposal.reasons)), _MOST_LINE))}"


def email_begins(view: ProposalView) -> str:
    """Return two lines of the email's text: somebody's own words, else what follows the greeting; "" without one."""
    if view.email_text is None:
        return ""
    lines = [line for line in plain(view.email_text).splitlines() if line.strip()]
    greeted = lines[1:] if lines and lines[0].endswith(",") else lines
    own = one_line(view.proposal.draft.note or "")
    return "\n".join(cut(line, _MOST_BEGIN) for line in ([own] * bool(own) + greeted)[:2])


def rejections(view: ProposalView) -> str | None:
    """Return the alternatives, and why they were rejected."""
    return _list("What else, and why not", map(rejected_words, view.proposal.rejected))


def earlier(view: ProposalView) -> str | None:
    """Return earlier offers to this person or to the same card, newest first."""
    newest = sorted(view.earlier, key=lambda each: each.at, reverse=True)
    return _list("Offers before", map(_earlier, newest))


def people(view: ProposalView) -> list[str]:
    """Return who proposed it, who approved it so far, and who else must."""
    proposal = view.proposal
    told = []
    if proposal.why:
        told.append(f"Approved before, but not sent: {status_texts.code_text(proposal.why)}.")
    if proposal.request is not None:
        way = "Nothing is emailed: they pass on its link." if proposal.by_link else "It answers a request."
        told.append(
            f"The customer asked for it: ticket {escape(proposal.request.ticket)}, <@{proposal.request.by}>. {way}"
        )
    if proposal.overrides is not None:
        told.append(f"The rule “{escape(proposal.overrides)}” never gives this: two managers must approve it.")
    if proposal.by_hand:
        told.append(f"Proposed by <@{proposal.by_hand}>, who cannot approve it alone.")
    if proposal.reworded:
        told.append(
            f"Only the words were changed, by <@{proposal.reworded.by}> {texts.time_text(proposal.reworded.at)}."
        )
    told += [f"<@{each.by}> said yes {texts.time_text(each.at)}." for each in proposal.approvals]
    if view.needs_second:
        told.append("One more manager has to." if proposal.approvals else texts.NEEDS_TWO_MANAGERS)
    return told


def times(view: ProposalView) -> str:
    """Return the chosen time to send, and the deadline of the decision."""
    proposal = view.proposal
    chosen = proposal.draft.send_at
    sends = f"Goes out {texts.time_text(chosen)} at the earliest. " if chosen else ""
    if proposal.snoozed_until:
        return f"{sends}Snoozed until {texts.time_text(proposal.snoozed_until)}."
    decide = f"{sends}Decide by {texts.time_text(proposal.expires_at)}: unanswered, nothing is sent."
    if view.remind_at is None:
        return decide
    return f"{decide} Approved now, one reminder follows on {texts.time_text(view.remind_at, time=False)}."


def outcome(view: ProposalView) -> str:
    """Return what happened to a decided proposal."""
    return status_texts.status_text(status_of(view.proposal, view.offer))


def confirm_text(view: ProposalView) -> str:
    """Return the question to confirm an approval: the person, the offer, the amount."""
    terms = view.proposal.draft.terms
    name = cut(one_line(view.card.facts.customer_name or "This customer"), _MOST_PLAN)
    if terms.way == "call":
        return f"{name} gets a personal talk. Nothing is emailed."
    second = " Another manager must say yes, too." if view.needs_second and not view.proposal.approvals else ""
    if view.proposal.by_link:
        return f"{name} gets a link, by hand: {cut(short_words(terms), _MOST_PLAN)}, {brief_cost(terms)}.{second}"
    return f"{name} gets by email: {cut(short_words(terms), _MOST_PLAN)}, {brief_cost(terms)}.{second}"


def _earlier(each: EarlierOffer) -> str:
    who = "the same card got an offer: " if each.by_card else ""
    return f"{full_day(each.at, zone=UTC)}: {who}{offer_words(each.offer)}"


def _list(name: str, lines: Iterable[str]) -> str | None:
    told = [f"• {escape(cut(capital(line), _MOST_LINE))}" for line in lines]
    if not told:
        return None
    more = [f"• and {len(told) - MOST_LINES} more"] if len(told) > MOST_LINES else []
    return "\n".join([f"*{name}*", *told[:MOST_LINES], *more])
