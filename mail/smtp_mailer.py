"""Sending email by SMTP, one connection for each email; each failure is one of `flows.failures`."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime

import aiosmtplib
from aiosmtplib import SMTPAuthenticationError, SMTPException, SMTPHeloError, SMTPResponseException, SMTPSenderRefused
from email_validator import EmailNotValidError, validate_email

from domain.email import Email
from domain.person import ascii_domain
from flows.failures import Refused, Unavailable, Unclear
from flows.health import Check
from flows.ports import Clock
from mail.server import SmtpServer

TIMEOUT = 30.0
"""Seconds until the server is ready to take an email, and again until it has taken it."""
_PARTING = 5.0


class _InOnePiece(UnstructuredHeader):
    """A header that is one word: folding would make an encoded word (RFC 2047) of a long one, which is no URL."""

    name: str

    def fold(self, *, policy: Policy) -> str:
        """Write the header on one line."""
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _InOnePiece)  # type: ignore[arg-type]  # typeshed takes none of the library's
_POLICY = SMTP.clone(cte_type="7bit", header_factory=_HEADERS)  # every server takes it

# RFC 4954: authentication is required, too weak, needs encryption, or failed.
_CREDENTIAL = frozenset({530, 534, 535, 538})


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """Sends email (the port `Mailer`).

    `sender` is the From header, an address or "Name <address>"; `reply_to` the same or None. `wall` gives the Date.
    """

    server: SmtpServer
    sender: str
    reply_to: str | None
    wall: Clock

    async def send(self, email: Email) -> None:
        message, sender, recipient = self._compose(email)
        smtp = self._client(sender)
        plain = (sender.addr_spec + recipient.addr_spec).isascii()
        try:
            with _until_sent():
                async with asyncio.timeout(TIMEOUT):
                    await self._greet(smtp)
                    await _address(smtp, sender.addr_spec, recipient.addr_spec, plain=plain)
            await _send(smtp, message.as_bytes(policy=_POLICY.clone(utf8=not plain)))
        finally:
            smtp.close()

    async def check(self) -> Check:
        """Connect and log in, and hang up; send nothing and raise nothing."""
        name, place = "mail server", f"{self.server.host}:{self.server.port}"
        message = EmailMessage(policy=_POLICY)
        message["From"] = _in_ascii(self.sender)
        smtp = self._client(message["From"].addresses[0])
        try:
            with _until_sent():
                async with asyncio.timeout(TIMEOUT):
                    await self._greet(smtp)
        except (Refused, Unavailable) as fault:
            return Check(name=name, ok=False, sentence=f"{place}: {fault.why}.", fix="Look at SMTP_URL.")
        finally:
            smtp.close()
        return Check(name=name, ok=True, sentence=f"{place} takes email from us.")

    def _client(self, sender: Address) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self.server.host,
            port=self.server.port,
            use_tls=self.server.tls == "implicit",
            start_tls=False,  # done by hand, to tell a server without it from one that is down
            local_hostname=sender.domain,
            timeout=TIMEOUT,
        )

    async def _greet(self, smtp: aiosmtplib.SMTP) -> None:
        """Connect, encrypt and log in as the server's address says."""
        await smtp.connect()
        await smtp.ehlo()
        if self.server.tls == "starttls":
            if not smtp.supports_extension("starttls"):
                raise Refused("the mail server offers no STARTTLS", fault="credential", code="starttls")
            await smtp.starttls()
            await smtp.ehlo()
        if self.server.user is not None and self.server.password is not None:
            if not smtp.supported_auth_methods:
                raise Refused("the mail server offers no log-in that we support", fault="credential", code="auth")
            await smtp.login(self.server.user, self.server.password)

    def _compose(self, email: Email) -> tuple[EmailMessage, Address, Address]:
        """Build the message; refuse an address that can't stand in a header."""
        message = EmailMessage(policy=_POLICY)
        try:
            checked = validate_email(email.to, check_deliverability=False, globally_deliverable=False)
        except EmailNotValidError:
            raise Refused("the address on file isn't an email address", fault="request", code="bad_address") from None
        recipient = Address(username=checked.local_part, domain=checked.ascii_domain or checked.domain)
        message["From"] = _in_ascii(self.sender)
        sender: Address = message["From"].addresses[0]
        message["To"] = recipient
        message["Subject"] = email.subject
        message["Message-ID"] = f"<{email.message_id}@{sender.domain}>"
        message["Date"] = format_datetime(self.wall())
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies, please
        if self.reply_to:
            message["Reply-To"] = _in_ascii(self.reply_to)
        if email.unsubscribe_url is not None:
            message["List-Unsubscribe"] = f"<{email.unsubscribe_url}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
        message.set_content(email.text, cte="quoted-printable")
        message.add_alternative(email.html, subtype="html", cte="quoted-printable")
        return message, sender, recipient


def _in_ascii(header: str) -> Address:
    """Return the address of a header with its domain in ASCII form, which every server takes."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = header
    read: Address = message["From"].addresses[0]
    return Address(display_name=read.display_name, username=read.username, domain=ascii_domain(read.domain))


async def _address(smtp: aiosmtplib.SMTP, sender: str, recipient: str, *, plain: bool) -> None:
    if not plain and not smtp.supports_extension("smtputf8"):
        raise Refused("the mail server takes only plain ASCII addresses", fault="request", code="smtputf8")
    encoding = "ascii" if plain else "utf-8"
    await smtp.mail(sender, options=[] if plain else ["SMTPUTF8"], encoding=encoding)
    await smtp.rcpt(recipient, encoding=encoding)


async def _send(smtp: aiosmtplib.SMTP, content: bytes) -> None:
    try:
        await smtp.data(content)
    except SMTPResponseException as refusal:
        raise _failure(refusal) from None
    except (SMTPException, OSError):
        raise Unclear("the mail server fell silent after the email was sent") from None
    with contextlib.suppress(SMTPException, OSError):  # the email is sent; how we part does not matter
        await smtp.quit(timeout=_PARTING)


@contextlib.contextmanager
def _until_sent() -> Iterator[None]:
    """Classify every failure before the email is sent."""
    try:
        yield
    except SMTPResponseException as refusal:
        raise _failure(refusal) from None
    except (SMTPException, OSError) as fault:
        raise Unavailable(f"the mail server cannot be reached ({type(fault).__name__})") from None


def _failure(refusal: SMTPResponseException) -> Refused | Unavailable:
    """Classify a reply by its code. Its text may name the address, so only the code is kept."""
    code = refusal.code
    if code < 500:
        return Unavailable(f"the mail server answered {code}: not now")
    if code in _CREDENTIAL or isinstance(refusal, SMTPAuthenticationError | SMTPHeloError | SMTPSenderRefused):
        return Refused(f"the mail server does not take email from us ({code})", fault="credential", code=str(code))
    return Refused(f"the mail server refused the email ({code})", fault="request", code=str(code))
