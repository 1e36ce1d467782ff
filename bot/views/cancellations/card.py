"""A case's card as Block Kit; the same case always gives the same JSON."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.views import status_texts
from bot.views.blocks import (
    Block,
    Message,
    actions,
    button,
    context,
    escape,
    fields,
    header,
    mrkdwn,
    option,
    plain_text,
    quote,
    rich_line,
    section,
    text_run,
)
from bot.views.cancellations import card_texts
from domain.winback.case_card import CaseCard
from wording.grammar import capital
from wording.sanitize import cut, mask_address, one_line, plain

PORTAL_LINK = "card_portal_link"
PROPOSE = "card_propose"
MORE = "card_more"
OPEN_IN_STRIPE = "open_in_stripe"
TALK, HAND_BACK, FEATURE_REQUEST = "talk", "hand_back", "feature_request"
NEVER_CONTACT, CONTACT_AGAIN = "never_contact", "contact_again"

_DASHBOARD = "https://dashboard.stripe.com"
_MOST_NAME = 80
_MOST_COMMENT = 1000
_MOST_TAGS = 500
_UNDER_WAY = frozenset({"proposed", "snoozed", "sending", "unclear", "sent", "accepting", "accepted", "undoing"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CardStyle:
    """What a card shows: `lean` has neither name nor comment. `winback`: offers can be proposed."""

    detail: Literal["full", "lean"]
    portal_links: bool
    winback: bool


def card_message(card: CaseCard, *, style: CardStyle) -> Message:
    """Return a card's message; its last block holds the reference that people use for it."""
    told = [
        header(one_line(card_texts.title(card))),
        *customer_line(card, style),
        *(_nothing(card) if card_texts.card_state(card) == "withdrawn" else _cancellation(card, style)),
        context(plain_text(f"Ref {card.reference}")),
    ]
    return {"text": escape(card_texts.headline(card)), "blocks": told}


def dashboard_url(path: str, *, livemode: bool) -> str:
    """Return the address of something in Stripe's dashboard, as `subscriptions/sub_…`."""
    return f"{_DASHBOARD}/{'' if livemode else 'test/'}{path}"


def date_token(moment: datetime, *, style: str = "{date_short_pretty}") -> str:
    """Return a time that Slack shows in each reader's own zone and language."""
    return f"<!date^{int(moment.timestamp())}^{style}|{card_texts.day_of(moment)}>"


def customer_line(card: CaseCard, style: CardStyle) -> list[Block]:
    """Return the customer's name and masked address; rich text has no markup."""
    name = cut(one_line(card.facts.customer_name or ""), _MOST_NAME) if style.detail == "full" else ""
    address = mask_address(card.facts.customer_email) if card.facts.customer_email else ""
    runs = [text_run(name, bold=True)] * bool(name) + [text_run(" · ")] * bool(name and address)
    runs += [text_run(cut(one_line(address), _MOST_NAME))] * bool(address)
    return [rich_line(*runs)] if runs else []


def _nothing(card: CaseCard) -> list[Block]:
    """Return the blocks of a withdrawn case: no buttons but *Open in Stripe*."""
    return [section(escape(card_texts.WITHDRAWN)), *_people(card), actions(_open_in_stripe(card))]


def _cancellation(card: CaseCard, style: CardStyle) -> list[Block]:
    return [
        facts_section(card),
        *comment_quote(card, style),
        *_decline(card),
        *_winback(card),
        *_people(card),
        _buttons(card, style),
    ]


def facts_section(card: CaseCard) -> Block:
    """Return what is lost, when access ends, the reason, and how long they have been a customer."""
    label, moment, remark = card_texts.end(card)
    end = ", ".join(part for part in (date_token(moment) if moment else "", escape(remark)) if part)
    told = [card_texts.worth(card), (label, end), ("Reason", escape(card_texts.given_reason(card)))]
    if card.still_with is not None:
        told.append(("Still subscribed to", escape(card_texts.plan_at(card.still_with))))
    told.append(("History", card_texts.history(card)))
    if so_far := card_texts.paid(card):
        told.append(("Paid so far", so_far))
    return fields(*(mrkdwn(f"*{name}*\n{capital(value)}") for name, value in told if value))


def comment_quote(card: CaseCard, style: CardStyle) -> list[Block]:
    """Return the customer's own words, if there are any."""
    said = plain(card.case.episode.cancellation.comment or "")
    return [quote(cut(said, _MOST_COMMENT))] if said and style.detail == "full" else []


def _decline(card: CaseCard) -> list[Block]:
    told = card_texts.declined(card)
    if told is None:
        return []
    meaning, helps = told
    return [section(f"*Declined:* {escape(meaning)}. {escape(helps)}")]


def _winback(card: CaseCard) -> list[Block]:
    """Return the state of the win-back, if there is one."""
    if card.winback:
        return [section(f"*Win-back:* {status_texts.status_text(card.winback)}")]
    return [section(f"*Win-back:* {card_texts.shipped_text(card.shipped)}")] if card.shipped else []


def _people(card: CaseCard) -> list[Block]:
    """Return what staff noted: owner and follow-up, requested features, "never contact"."""
    case = card.case
    told = []
    if case.owner and case.follow_up:
        told.append(mrkdwn(f"<@{case.owner}> {card_texts.follow_up(case.follow_up)}."))
    elif case.owner:
        told.append(mrkdwn(f"<@{case.owner}> talks to them."))
    if case.tags:
        told.append(plain_text("Asked for: " + ", ".join(map(one_line, case.tags)), most=_MOST_TAGS))
    if card.suppressed:
        told.append(plain_text("Never contact: no offer will be made to them."))
    if card.facts.customer_deleted:
        told.append(plain_text("Deleted at Stripe: nobody can be offered anything or sent a portal link."))
    return [context(*told)] if told else []


def _buttons(card: CaseCard, style: CardStyle) -> Block:
    case_id = str(card.case.id)
    more = [option("Asked for…", f"{FEATURE_REQUEST} {case_id}")]
    if card.case.owner:
        more.insert(0, option("Hand back", f"{HAND_BACK} {case_id}"))
    elif not card.facts.customer_deleted:
        more.insert(0, option("I'll talk to them", f"{TALK} {case_id}"))
    if card.suppressed:
        more.append(option("Contact again…", f"{CONTACT_AGAIN} {case_id}"))
    else:
        more.append(option("Never contact…", f"{NEVER_CONTACT} {case_id}"))
    return actions(
        *[button("Propose win-back…", action=PROPOSE, value=case_id)] * _may_be_won(card, style),
        *[button("Portal link", action=PORTAL_LINK, value=case_id)]
        * (style.portal_links and not card.facts.customer_deleted),
        _open_in_stripe(card),
        {"type": "overflow", "action_id": MORE, "options": more},
    )


def _may_be_won(card: CaseCard, style: CardStyle) -> bool:
    """Return whether an offer can still be proposed."""
    under_way = card.winback is not None and card.winback.state in _UNDER_WAY
    return (
        style.winback
        and card_texts.card_state(card) not in {"back", "switched"}
        and not card.suppressed
        and not card.facts.customer_deleted
        and not under_way
    )


def _open_in_stripe(card: CaseCard) -> Block:
    path = f"subscriptions/{card.case.subscription_id}"
    return button("Open in Stripe", action=OPEN_IN_STRIPE, url=dashboard_url(path, livemode=card.facts.livemode))
