"""Letters: their words, and who hands them over."""

from typing import Protocol

from domain.billing.subscription import Customer
from domain.email import ConfirmationLetter, Letter, LinkLetter, OfferLetter, RestartLetter


class Post(Protocol):
    """SMTP: hands a letter over."""

    async def hand_over(self, letter: Letter) -> None:
        """Hand over, or raise.

        Refused: the server said no. Unavailable: it never got it. Unclear: no answer came after DATA.
        """


class LetterWriter(Protocol):
    """Words for letters; pure."""

    def link(self, content: LinkLetter, *, message_id: str) -> Letter:
        """Write the letter with a portal link."""

    def offer(self, content: OfferLetter, *, message_id: str) -> Letter:
        """Write a win-back letter."""

    def confirmation(self, content: ConfirmationLetter, *, message_id: str) -> Letter:
        """Write the letter that repeats what was accepted."""

    def restart(self, content: RestartLetter, *, message_id: str) -> Letter:
        """Write the letter before billing restarts after a pause."""

    def code(self, *, customer: Customer, code: str, minutes: int, message_id: str) -> Letter:
        """Write the letter with a six-digit code."""
