"""What the person who proposed an offer is told of it, and the link that they may pass on."""

from typing import assert_never

from bot.views import status_texts, texts
from bot.views.blocks import Block, Message, actions, button, confirm, escape, message, section
from bot.views.portal_links.lookup import link_to_copy
from bot.views.winback.decision_replies import NO_SUCH_PROPOSAL
from domain.ids import ProposalId
from domain.winback.status import ProposerNews, status_of
from flows.failures import OutsideFailure
from flows.people.staff_permissions import PermissionDenied
from flows.winback.offers.show_link import NoOfferLink, OfferLinkShown
from wording.grammar import count
from wording.offer import short_words
from wording.sanitize import cut, one_line

SHOW_LINK = "offer_show_link"
_MOST = 80
_TITLES = {
    "approved": "Approved",
    "changed": "Changed by a manager",
    "declined": "Declined",
    "expired": "Expired",
    "withdrawn": "Withdrawn",
    "stopped": "Not sent",
    "held": "Held by a manager",
    "taken_back": "Taken back",
}


def proposer_news_message(news: ProposerNews) -> Message:
    """Return the direct message: who it is about, what happened, and *Show the offer link…* if there is one."""
    proposal = news.proposal
    name = cut(one_line(news.facts.customer_name or ""), _MOST) or "(no name on file)"
    ticket = f", ticket {escape(proposal.request.ticket)}" if proposal.request is not None else ""
    whose = f"*{escape(name)}* · {escape(cut(one_line(news.facts.plan), _MOST))}{ticket}"
    offer = escape(short_words(proposal.draft.terms))
    told = f"It is {offer} now, and waits for a decision."
    if news.kind != "changed":
        told = status_texts.status_text(status_of(proposal, news.offer))
    said = f"{_TITLES[news.kind]}: the offer that you proposed. {told}"
    blocks: list[Block] = [section(whose), section(said)]
    if news.shows_link:
        blocks.append(section("The link is for them only. Pass it on once you know who you're talking to."))
        blocks.append(actions(_show_button(proposal.id)))
    return {"text": f"{_TITLES[news.kind]}: an offer that you proposed.", "blocks": blocks}


def offer_link_message(answer: OfferLinkShown | NoOfferLink | PermissionDenied | OutsideFailure) -> Message:
    """Return the answer to *Show the offer link…*."""
    match answer:
        case OfferLinkShown():
            return _shown(answer)
        case NoOfferLink():
            return message(_none(answer))
        case PermissionDenied():
            return message(texts.denied_text(answer))
        case OutsideFailure():
            return message(texts.failure_text(answer))
        case _:
            assert_never(answer)


def _show_button(proposal_id: ProposalId) -> Block:
    ask = "Anyone with this link can accept the offer in their name. Are you sure who you're talking to?"
    sure = confirm(title="Show the offer link?", text=ask, yes="Yes, show the link")
    return button("Show the offer link…", action=SHOW_LINK, value=str(proposal_id), confirm=sure)


def _shown(shown: OfferLinkShown) -> Message:
    link, request = shown.link, shown.proposal.request
    name = cut(one_line(shown.customer.name or ""), _MOST) or "(no name on file)"
    ticket = f", for ticket {escape(request.ticket)}" if request is not None else ""
    needs = " Its page first asks for a code, which we send to the address on file." if link.needs_code else ""
    told = (
        f"This link is for *{escape(name)}* only. It opens the offer: {escape(short_words(shown.proposal.draft.terms))}"
        f"{ticket}. It works until {texts.time_text(link.expires_at)}, for {count(link.openings, 'opening')}.{needs}"
    )
    careful = [section(f"*Careful:* {texts.fresh_address_text(shown.fresh_address)}")] if shown.fresh_address else []
    return {
        "text": "Here's the link. Pass it on only to the customer.",
        "blocks": [section(told), *careful, *link_to_copy(shown.url, link.id)],
    }


def _none(answer: NoOfferLink) -> str:
    match answer.why:
        case "unknown":
            return NO_SUCH_PROPOSAL
        case "deleted":
            return "That customer was deleted at Stripe, so no link was made."
        case "no_address":
            return (
                "There's no email address on file, so the link's page couldn't send its code. No link was made: enter "
                "the address at Stripe first."
            )
        case "over":
            became = status_texts.status_text(status_of(answer.proposal, answer.offer)) if answer.proposal else ""
            return f"The offer no longer stands, so no link was made. {became}".strip()
        case _:
            assert_never(answer.why)
