"""What is said where a letter of unclear fate was settled."""

from typing import assert_never

from bot.views import texts
from bot.views.blocks import Message, message
from flows.people.staff_permissions import PermissionDenied
from flows.winback.offers.email import NoUnclearEmail, UnclearEmailResolved

NO_MAIL = "I cannot send letters as I am set up now, so nothing was settled. Whoever runs me can set SMTP_URL."
ARRIVED = "Noted: the letter arrived, and the offer stands as sent."
GOES_AGAIN = "The letter goes out once more, under the same offer and code."
ENDED = "The offer ended meanwhile, so its letter is not sent again."
SETTLED = "That was settled before, so your click changed nothing. The proposal's message says what became of it."


def letter_settled(
    answer: UnclearEmailResolved | NoUnclearEmail | PermissionDenied | None, *, arrived: bool
) -> Message:
    """Word what a person's word on a letter did; None: nothing can be e-mailed now."""
    match answer:
        case None:
            return message(NO_MAIL)
        case UnclearEmailResolved():
            if arrived:
                return message(ARRIVED)
            return message(GOES_AGAIN if answer.offer.state == "sending" else ENDED)
        case NoUnclearEmail():
            return message(SETTLED)
        case PermissionDenied():
            return message(texts.denied(answer))
        case _:
            assert_never(answer)
