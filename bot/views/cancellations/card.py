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
from bot.views.cancellations import card_texts
from bot.views.cancellations.head_line import head_line
from bot.views.cancellations.kind_texts import card_is_to_change
from domain.winback.case_card import CaseCard
from wording.grammar import capital
from wording.sanitize import cut, mask_address, one_line, plain

PORTAL_LINK = "card_portal_link"
PROPOSE = "card_propose"
SHOW_PERSON = "card_show_person"
MORE = "card_more"
HOLD = "offer_hold"
OPEN_IN_STRIPE = "open_in_stripe"
TALK, HAND_BACK, FEATURE_REQUEST, NOTE_REASON = "talk", "hand_back", "feature_request", "note_reason"
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
    """Return a card's message; its small print ends with the reference that people use for it."""
    withdrawn = card_texts.card_state(card) == "withdrawn"
    told = [
        _head(card, style),
        *([] if withdrawn else [*_noted(card, style), *_decline(card), *_winback(card)]),
        context(plain_text(_details(card))),
        *_people(card),
        actions(_open_in_stripe(card)) if withdrawn else _buttons(card, style),
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


def _head(card: CaseCard, style: CardStyle) -> Block:
    """Return the first line and the customer's own words in one block, so that nothing parts them."""
    line = head_line(card, named=style.detail == "full")
    said = comment_quote(card, style) if card_texts.card_state(card) != "withdrawn" else []
    return rich(rich_section(*line), *(each for block in said for each in block["elements"]))


def _details(card: CaseCard) -> str:
    """Return the small print: masked address, how long a customer, what they paid, an old reason, the reference."""
    so_far = card_texts.paid(card)
    address = mask_address(card.facts.customer_email) if card.facts.customer_email else ""
    old_reason = card_texts.why(card) if card_texts.card_state(card) == "back" else ""
    told = [
        cut(one_line(address), _MOST_NAME),
        card_texts.history(card),
        so_far and f"paid so far: {so_far}",
        old_reason and f"reason was: {old_reason}",
    ]
    return " · ".join(part for part in (*told, f"Ref {card.reference}") if part)


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


def person_message(card: CaseCard) -> Message:
    """Return what a lean card leaves out, for one person's eyes: name, masked address, and what was written."""
    full = CardStyle(detail="full", portal_links=False, winback=False)
    noted = _noted(card, full) if card.case.noted is not None and card.case.noted.words else []
    written = [*comment_quote(card, full), *noted] or [context(plain_text("They left no comment."))]
    told = [*customer_line(card, full), *written, context(plain_text(f"Only you see this. Ref {card.reference}"))]
    return {"text": "The customer's name and comment. Only you see this.", "blocks": told}


def _noted(card: CaseCard, style: CardStyle) -> list[Block]:
    """Return the reason that staff noted, by whom, and what they wrote."""
    noted = card.case.noted_reason
    if noted is None:
        return []
    words = plain(noted.words or "") if style.detail == "full" else ""
    by: Block = {"type": "user", "user_id": noted.by}
    line = rich_section(text_run("Noted by "), by, text_run(f": {card_texts.noted_reason(noted)}"))
    return [rich(line, *quote(cut(words, _MOST_COMMENT))["elements"] if words else ())]


def _decline(card: CaseCard) -> list[Block]:
    """Return what usually helps against the decline that the first line names."""
    told = card_texts.declined(card)
    return [section(f"*What helps:* {escape(told[1])}")] if told else []


def _winback(card: CaseCard) -> list[Block]:
    """Return the state of the win-back, if there is one."""
    if card.winback:
        return [section(f"*Win-back:* {status_texts.status_text(card.winback)}")]
    return [section(f"*Win-back:* {card_texts.shipped_text(card.shipped)}")] if card.shipped else []


def _people(card: CaseCard) -> list[Block]:
    """Return what staff noted: requested features, "never contact"; and that the customer was deleted."""
    case = card.case
    told = []
    if case.tags:
        told.append(plain_text("Asked for: " + ", ".join(map(one_line, case.tags)), most=_MOST_TAGS))
    if card.suppressed:
        told.append(plain_text("Never contact: no offer will be made to them."))
    if card.facts.customer_deleted:
        told.append(plain_text("Deleted at Stripe: nobody can be offered anything or sent a portal link."))
    return [context(*told)] if told else []


def _buttons(card: CaseCard, style: CardStyle) -> Block:
    """Return the buttons, the obvious next one in colour, and what is needed less often in the menu."""
    case_id = str(card.case.id)
    offered = _may_be_won(card, style)
    linked = style.portal_links and not card.facts.customer_deleted
    gone = card_texts.card_state(card) in {"back", "switched"}
    main = None if gone else PORTAL_LINK if linked and card_is_to_change(card) else PROPOSE
    lean = style.detail == "lean"
    shown = [("Propose win-back…", PROPOSE)] * offered + [("Portal link", PORTAL_LINK)] * linked
    shown += [("Show name and comment", SHOW_PERSON)] * lean
    held = card.winback.can_hold if card.winback is not None and style.winback else None
    return actions(
        *([button("Hold", action=HOLD, value=str(held))] if held is not None else []),
        *(
            button(label, action=action, value=case_id, **({"style": "primary"} if action == main else {}))
            for label, action in shown
        ),
        {"type": "overflow", "action_id": MORE, "options": _menu(card)},
    )


def _menu(card: CaseCard) -> list[Block]:
    """Return the entries of the menu; Slack takes five at most."""
    case_id = str(card.case.id)
    if card.case.owner:
        talk = [option("Hand back", f"{HAND_BACK} {case_id}")]
    else:
        talk = [option("I'll talk to them", f"{TALK} {case_id}")] * (not card.facts.customer_deleted)
    if card.suppressed:
        contact = option("Contact again…", f"{CONTACT_AGAIN} {case_id}")
    else:
        contact = option("Never contact…", f"{NEVER_CONTACT} {case_id}")
    stripe = option("Open in Stripe", f"{OPEN_IN_STRIPE} {case_id}") | {"url": _address_at_stripe(card)}
    note = [option("Note the reason…", f"{NOTE_REASON} {case_id}")] * (not card.case.episode.reason_given)
    return [stripe, *talk, option("Asked for…", f"{FEATURE_REQUEST} {case_id}"), *note, contact]


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
    return button("Open in Stripe", action=OPEN_IN_STRIPE, url=_address_at_stripe(card))


def _address_at_stripe(card: CaseCard) -> str:
    return dashboard_url(f"subscriptions/{card.case.subscription_id}", livemode=card.facts.livemode)
