"""The private answers to the buttons of a card."""

from bot.views import texts
from bot.views.blocks import Message, message
from flows.cancellations.case_actions import Already, CaseActionResult, Done, NoSuchCase
from flows.people.staff_permissions import PermissionDenied


def confirmation_message(answer: CaseActionResult, *, done: str) -> Message:
    """Return the answer to a click; `done` is the sentence for success."""
    match answer:
        case Done():
            return message(done)
        case Already():
            return message(texts.unchanged_text(answer))
        case NoSuchCase():
            return message(texts.NO_SUCH_CASE)
        case PermissionDenied():
            return message(texts.denied_text(answer))
