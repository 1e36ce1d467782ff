"""The private answers to a card's buttons."""

from typing import assert_never

from bot import words
from bot.blocks import Message, message
from flows.contact import Already, Contacted, Done, NoSuchCase
from flows.permission import Denial


def contacted(answer: Contacted, *, done: str) -> Message:
    """Word what a click did; `done` is the sentence for when it did what was wanted."""
    match answer:
        case Done():
            return message(done)
        case Already():
            return message(words.already(answer))
        case NoSuchCase():
            return message(words.NO_SUCH_CASE)
        case Denial():
            return message(words.denied(answer))
        case _:
            assert_never(answer)
