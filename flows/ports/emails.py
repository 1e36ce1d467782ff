"""Emails: writing and sending them."""

from typing import Protocol

from domain.billing.subscription import Customer
from domain.email import ConfirmationEmail, Email, LinkEmail, OfferEmail, RestartEmail


class Mailer(Protocol):
    """SMTP."""

    async def send(self, email: Email) -> None:
        """Send one email to its one recipient.

        Refused: the server said no for good, to the email (fault "request") or to us (fault "credential").
        Unavailable: the server never took it. Unclear: the connection was lost or silent after DATA.
        """


class EmailWriter(Protocol):
    """The text of emails; pure."""

    def link(self, content: LinkEmail, *, message_id: str) -> Email:
        """Write the email with a portal link."""

    def offer(self, content: OfferEmail, *, message_id: str) -> Email:
        """Write a win-back email."""

    def confirmation(self, content: ConfirmationEmail, *, message_id: str) -> Email:
        """Write the email that confirms what was accepted."""

    def restart(self, content: RestartEmail, *, message_id: str) -> Email:
        """Write the email before billing restarts after a pause."""

    def code(self, *, customer: Customer, code: str, minutes: int, unasked_url: str, message_id: str) -> Email:
        """Write the email with a six-digit code; `unasked_url` is the page of *I didn't ask for this*."""
