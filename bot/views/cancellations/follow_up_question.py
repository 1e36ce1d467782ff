"""The private answers to the buttons of a card, and the question to a case's owner after two days."""

from bot.views import texts
from bot.views.blocks import Message, actions, button, escape, message, rich_line, section, text_run
from bot.views.cancellations import card_texts
from bot.views.cancellations.card import OPEN_IN_STRIPE, dashboard_url
from domain.cancellations.stored_case import FollowUp
from domain.winback.case_card import CaseCard
from flows.cancellations.case_actions import Already, CaseActionResult, Done, NoSuchCase
from flows.people.staff_permissions import PermissionDenied
from wording.grammar import with_article
from wording.sanitize import cut, one_line

ANSWERS: dict[FollowUp, str] = {
    "reached": "Reached",
    "no_answer": "No answer",
    "came_back": "Came back",
    "lost": "Lost",
}
PREFIX = "follow_up_"
_MOST_NAME = 80


def follow_up_question(card: CaseCard) -> Message:
    """Return the direct message that asks the owner about the result of the talk."""
    a_plan = escape(with_article(one_line(card.facts.plan)))
    ask = f"You said you would talk to {a_plan} customer. What came of it?"
    case_id = str(card.case.id)
    path = f"subscriptions/{card.case.subscription_id}"
    name = cut(one_line(card.facts.customer_name or ""), _MOST_NAME)
    return {
        "text": ask,
        "blocks": [
            section(ask),
            *[rich_line(text_run(name, bold=True), text_run(f" · {card_texts.worth(card)[1]}"))] * bool(name),
            actions(
                *(button(label, action=PREFIX + answer, value=case_id) for answer, label in ANSWERS.items()),
                button("Open in Stripe", action=OPEN_IN_STRIPE, url=dashboard_url(path, livemode=card.facts.livemode)),
            ),
        ],
    }


def follow_up_answer(answer: FollowUp) -> Message:
    """Return the answer that replaces the question."""
    return message(f"Noted: *{ANSWERS[answer]}*. The card says so too.")


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
