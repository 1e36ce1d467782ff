"""The modals."""

from collections.abc import Collection, Mapping
from typing import Any

from bot.views import texts
from bot.views.blocks import Block, Message, context, mrkdwn, section, select
from bot.views.blocks import plain_text as plain_words
from bot.views.button_values import UnreadableValue, own_text, own_value
from bot.views.status_texts import DECLINE_REASONS
from domain.billing.portal_access import Purpose
from domain.ids import CaseId
from wording.sanitize import one_line

View = dict[str, Any]

PORTAL_LINK, FEATURE_REQUEST, NEVER_CONTACT = "portal_link", "feature_request", "never_contact"
CONTACT_AGAIN, DECLINE, SNOOZE, NOTE_REASON = "contact_again", "decline_proposal", "snooze_proposal", "note_reason"
WHO, PURPOSE, TICKET, FEATURE = "who", "purpose", "ticket", "feature"
WHY, DAYS, WORDS = "why", "days", "words"
MOST_FEATURE = 80

SNOOZES = {"1": "Until tomorrow", "3": "For 3 days", "7": "For a week"}
_PURPOSES = {
    Purpose.HOME: "The portal itself",
    Purpose.CARD: "Change the card",
    Purpose.CANCEL: "Cancel",
    Purpose.PLAN: "Change the plan",
    Purpose.PAUSE: "Pause",
    Purpose.DETAILS: "Change their details",
}


def portal_link_form(*, who: str | None) -> View:
    """Return the form of the message shortcut; `who` is an address from the message."""
    purposes = {purpose.value: label for purpose, label in _PURPOSES.items()}
    return form_modal(
        PORTAL_LINK,
        "Portal link",
        "Look them up",
        form_field(WHO, "Email address, cus_… or sub_…", text_entry(WHO, most=1000, initial=who)),
        form_field(PURPOSE, "Which page?", select(PURPOSE, purposes, initial=Purpose.HOME.value)),
        form_field(TICKET, "Your ticket", text_entry(TICKET, most=80), optional=True),
    )


def feature_request_form(case_id: CaseId) -> View:
    """Return the form *Asked for…*."""
    return form_modal(
        FEATURE_REQUEST,
        "Asked for…",
        "Note it",
        form_field(FEATURE, "Which feature did they miss?", text_entry(FEATURE, most=MOST_FEATURE)),
        about=str(case_id),
    )


def never_contact_form(case_id: CaseId) -> View:
    """Return the form *Never contact…*."""
    return form_modal(
        NEVER_CONTACT, "Never contact?", "Never contact", section(texts.NEVER_CONTACT_QUESTION), about=str(case_id)
    )


def contact_again_form(case_id: CaseId) -> View:
    """Return the form *Contact again…*; the audit log keeps the reason for good."""
    return form_modal(
        CONTACT_AGAIN,
        "Contact again?",
        "Contact again",
        section(texts.CONTACT_AGAIN_QUESTION),
        form_field(WHY, "Why?", select(WHY, texts.CONTACT_AGAIN_REASONS)),
        about=str(case_id),
    )


def decline_form(pressed: str) -> View:
    """Return the form *Decline…*; `pressed` is the button's value."""
    return form_modal(
        DECLINE, "Decline", "Decline", form_field(WHY, "Why not?", select(WHY, DECLINE_REASONS)), about=pressed
    )


def snooze_form(pressed: str) -> View:
    """Return the form *Snooze…*; `pressed` is the button's value."""
    return form_modal(
        SNOOZE,
        "Snooze",
        "Snooze",
        form_field(DAYS, "For how long?", select(DAYS, SNOOZES)),
        context(mrkdwn(texts.SNOOZE_HINT)),
        about=pressed,
    )


def result_modal(message: Message) -> View:
    """Return a message as a modal."""
    return {"type": "modal", "title": _title("Winback"), "close": _title("Close"), "blocks": message["blocks"]}


def waiting_modal(title: str) -> View:
    """Return a modal to show while we wait for Stripe."""
    blocks = [section(texts.ONE_MOMENT)]
    return {"type": "modal", "title": _title(title), "close": _title("Not now"), "blocks": blocks}


def typed_value(view: Mapping[str, Any], name: str) -> str:
    """Return what was typed or chosen in a submitted form, or ""; raises UnreadableValue."""
    entry = form_entry(view, name)
    holder = entry if entry.get("value") is not None else entry.get("selected_option")
    return own_text(holder) if holder else ""


def chosen_value(view: Mapping[str, Any], name: str, among: Collection[str]) -> str:
    """Return which of a select's values was chosen in a submitted form; raises UnreadableValue."""
    chosen = typed_value(view, name)
    if chosen not in among:
        raise UnreadableValue
    return chosen


@own_value()
def form_entry(view: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a field of a form as Slack sends it, or {} if the form has none; raises UnreadableValue."""
    entry = view["state"]["values"].get(name, {}).get(name, {})
    if not isinstance(entry, dict):
        raise UnreadableValue
    return entry


def form_modal(name: str, title: str, submit: str, *blocks: Block, about: str = "") -> View:
    """Return a form; `about` comes back with it as `private_metadata`."""
    return {
        "type": "modal",
        "callback_id": name,
        "title": _title(title),
        "submit": _title(submit),
        "close": _title("Not now"),
        "private_metadata": about,
        "blocks": list(blocks),
    }


def _title(text: str) -> Block:
    return plain_words(text, most=24)


def form_field(name: str, label: str, element: Block, *, optional: bool = False, **more: Any) -> Block:
    """Make an entry of a form; `more` may hold `hint` or `dispatch_action`."""
    return {
        "type": "input",
        "block_id": name,
        "label": plain_words(label),
        "element": element,
        "optional": optional,
        **more,
    }


def text_entry(name: str, *, most: int, initial: str | None = None) -> Block:
    """Return a text field, filled in with `initial`."""
    element: Block = {"type": "plain_text_input", "action_id": name, "max_length": most}
    return element | ({"initial_value": one_line(initial)[:most]} if initial else {})
