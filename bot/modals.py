"""The few modals, as values."""

from typing import Any

from bot import words
from bot.blocks import Block, Message, option, section
from bot.blocks import words as plain_words
from domain.ids import CaseId
from domain.portal import Purpose
from wording.cut import one_line

View = dict[str, Any]

PORTAL_LINK, ASKED_FOR, NEVER_CONTACT = "portal_link", "asked_for", "never_contact"
WHO, PURPOSE, TICKET, FEATURE = "who", "purpose", "ticket", "feature"
MOST_FEATURE = 80

_PURPOSES = {
    Purpose.HOME: "The portal itself",
    Purpose.CARD: "Change the card",
    Purpose.CANCEL: "Cancel",
    Purpose.PLAN: "Change the plan",
    Purpose.PAUSE: "Pause",
    Purpose.DETAILS: "Change their details",
}


def portal_link(*, who: str | None) -> View:
    """Ask for whom and for which page; `who` is an address found in the message."""
    purposes = [option(label, purpose.value) for purpose, label in _PURPOSES.items()]
    select = {"type": "static_select", "action_id": PURPOSE, "options": purposes, "initial_option": purposes[0]}
    return _form(
        PORTAL_LINK,
        "Portal link",
        "Look them up",
        _input(WHO, "E-mail address, cus_… or sub_…", _text(WHO, most=1000, initial=who)),
        _input(PURPOSE, "Which page?", select),
        _input(TICKET, "Your ticket", _text(TICKET, most=80), optional=True),
    )


def asked_for(case_id: CaseId) -> View:
    """Ask which feature somebody missed."""
    return _form(
        ASKED_FOR,
        "Asked for…",
        "Note it",
        _input(FEATURE, "Which feature did they miss?", _text(FEATURE, most=MOST_FEATURE)),
        about=case_id,
    )


def never_contact(case_id: CaseId) -> View:
    """Ask before a door is closed for good."""
    return _form(NEVER_CONTACT, "Never contact?", "Never contact", section(words.NEVER_ASKED), about=case_id)


def result(message: Message) -> View:
    """Show a message as a modal."""
    return {"type": "modal", "title": _title("Winback"), "close": _title("Close"), "blocks": message["blocks"]}


def typed(view: View, name: str) -> str:
    """Return what was typed or chosen in a submitted form, "" for nothing."""
    entry = view["state"]["values"][name][name]
    return str(entry.get("value") or (entry.get("selected_option") or {}).get("value") or "")


def _form(name: str, title: str, submit: str, *blocks: Block, about: CaseId | None = None) -> View:
    return {
        "type": "modal",
        "callback_id": name,
        "title": _title(title),
        "submit": _title(submit),
        "close": _title("Not now"),
        "private_metadata": str(about or ""),
        "blocks": list(blocks),
    }


def _title(text: str) -> Block:
    return plain_words(text, most=24)


def _input(name: str, label: str, element: Block, *, optional: bool = False) -> Block:
    return {
        "type": "input",
        "block_id": name,
        "label": plain_words(label),
        "element": element,
        "optional": optional,
    }


def _text(name: str, *, most: int, initial: str | None = None) -> Block:
    element: Block = {"type": "plain_text_input", "action_id": name, "max_length": most}
    return element | ({"initial_value": one_line(initial)[:most]} if initial else {})
