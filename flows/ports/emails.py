"""Letters: their words, and who hands them over."""

from typing import Protocol

from domain.billing.subscription import Customer
from domain.email import ConfirmationEmail, Email, LinkEmail, OfferEmail, RestartEmail


class Mailer(Protocol):
    """SMTP: hands a letter over."""

    async def send(self, letter: Email) -> None:
        """Hand over, or raise.

        Refused: the server said no. Unavailable: it never got it. Unclear: no answer came after DATA.
        """


class EmailWriter(Protocol):
    """Words for letters; pure."""

    def link(self, content: LinkEmail, *, message_id: str) -> Email:
        """Write the letter with a portal link."""

    def offer(self, content: OfferEmail, *, message_id: str) -> Email:
        """Write a win-back letter."""

    def confirmation(self, content: ConfirmationEmail, *, message_id: str) -> Email:
        """Write the letter that repeats what was accepted."""

    def restart(self, content: RestartEmail, *, message_id: str) -> Email:
        """Write the letter before billing restarts after a pause."""

    def code(self, *, customer: Customer, code: str, minutes: int, message_id: str) -> Email:
        """Write the letter with a six-digit code."""
