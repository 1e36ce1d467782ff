"""The form *Note the reason…*: one of the account's reasons, and words."""

from collections.abc import Mapping
from typing import Any

from bot.views import modals
from bot.views.blocks import context, mrkdwn, option
from bot.views.button_values import UnreadableValue
from bot.views.modals import View, form_field, form_modal, text_entry, typed_value
from domain.ids import CaseId
from flows.cancellations.reasons import ReasonChoices
from wording.grammar import capital
from wording.reason import FEEDBACKS, feedback
from wording.sanitize import one_line

NOTE_HINT = "It never replaces what the customer says: if they still answer, their own reason takes its place."
MOST_WORDS = 500
_MOST_OPTIONS = 100  # Slack: "Select menu element"
_MOST_DESCRIPTION = 100  # Stripe: "Feedback option"
_FEEDBACK, _OPTION = "feedback", "option"


def note_reason_form(case_id: CaseId, choices: ReasonChoices) -> View:
    """Return the form; where the account asks for no reasons, with Stripe's own."""
    feedbacks = choices.feedbacks or (() if choices.options else FEEDBACKS)
    reasons = [option(capital(feedback(each)), f"{_FEEDBACK} {each}") for each in feedbacks]
    reasons += [option(each, f"{_OPTION} {each}") for each in choices.options]
    select = {"type": "static_select", "action_id": modals.WHY, "options": reasons[:_MOST_OPTIONS]}
    words = text_entry(modals.WORDS, most=MOST_WORDS) | {"multiline": True}
    return form_modal(
        modals.NOTE_REASON,
        "Note the reason",
        "Note it",
        form_field(modals.WHY, "Why did they leave?", select),
        form_field(modals.WORDS, "In their words", words, optional=True),
        context(mrkdwn(NOTE_HINT)),
        about=str(case_id),
    )


def noted_values(view: Mapping[str, Any]) -> tuple[str | None, str | None, str | None]:
    """Return what a submitted form says: one of Stripe's reasons or the company's own, and words.

    Raises UnreadableValue.
    """
    what, _, value = typed_value(view, modals.WHY).partition(" ")
    words = typed_value(view, modals.WORDS)[:MOST_WORDS].strip() or None
    if what == _FEEDBACK and value in FEEDBACKS:
        return value, None, words
    if what == _OPTION and 0 < len(value) <= _MOST_DESCRIPTION:
        return None, one_line(value), words
    raise UnreadableValue
