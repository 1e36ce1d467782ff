"""The mailbox, spoken to by a real SMTP client."""

import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage

import aiosmtplib
import pytest

from sandbox.faults import Faults
from sandbox.mailbox import Mailbox


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
async def mailbox(faults: Faults) -> AsyncIterator[Mailbox]:
    running = Mailbox(faults)
    await running.start()
    yield running
    await running.stop()


def an_email(to: str = "dana@acme-mail.com") -> EmailMessage:
    email = EmailMessage()
    email["From"] = "Northwind <billing@northwind-mail.com>"
    email["To"] = to
    email["Subject"] = "Your link, Zoë"
    email["List-Unsubscribe"] = "<https://pay.northwind-mail.com/u/1>"
    email.set_content("Hello Zoë.\n")
    email.add_alternative("<p>Hello <b>Zoë</b>.</p>", subtype="html")
    return email


async def send(mailbox: Mailbox, email: EmailMessage) -> None:
    await aiosmtplib.send(email, hostname="127.0.0.1", port=mailbox.port, start_tls=False, timeout=5)


async def test_an_email_is_kept_with_its_parts_and_headers(mailbox: Mailbox) -> None:
    await send(mailbox, an_email())

    [email] = mailbox.emails
    assert (email.to, email.sender) == (("dana@acme-mail.com",), "billing@northwind-mail.com")
    assert email.subject == "Your link, Zoë"
    assert email.text == "Hello Zoë.\n"
    assert email.html.strip() == "<p>Hello <b>Zoë</b>.</p>"
    assert email.header("list-unsubscribe") == "<https://pay.northwind-mail.com/u/1>"
    assert email.received_at.tzinfo is not None
    assert mailbox.to("DANA@acme-mail.com") == [email]


async def test_waiting_ends_when_the_email_comes(mailbox: Mailbox) -> None:
    waiting = asyncio.create_task(mailbox.wait_for(lambda: mailbox.to("dana@acme-mail.com")))
    await send(mailbox, an_email("ben@acme-mail.com"))
    await send(mailbox, an_email())

    assert [email.to for email in await waiting] == [("dana@acme-mail.com",)]


async def test_waiting_in_vain_names_what_came_instead(mailbox: Mailbox) -> None:
    await send(mailbox, an_email())

    with pytest.raises(TimeoutError, match="Your link, Zoë"):
        await mailbox.wait_for(lambda: mailbox.to("nobody@acme-mail.com"), timeout=0.01)


async def test_a_refused_address_gets_550_until_it_is_accepted_again(mailbox: Mailbox) -> None:
    mailbox.refuse("Dana@acme-mail.com")
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
        await send(mailbox, an_email())
    assert refused.value.recipients[0].code == 550

    mailbox.accept("dana@acme-mail.com")
    await send(mailbox, an_email())
    assert len(mailbox.emails) == 1


async def test_a_busy_server_says_451_and_keeps_nothing(mailbox: Mailbox, faults: Faults) -> None:
    faults.add("smtp", "DATA", "status", status=451, body="4.3.0 Try again later")

    with pytest.raises(aiosmtplib.SMTPDataError) as refused:
        await send(mailbox, an_email())
    assert (refused.value.code, mailbox.emails) == (451, [])


@pytest.mark.parametrize(("kind", "kept"), [("drop_before", 0), ("drop_after", 1)])
async def test_a_dropped_connection_leaves_the_sender_in_doubt(
    mailbox: Mailbox, faults: Faults, kind: str, kept: int
) -> None:
    faults.add("smtp", "DATA", kind)  # type: ignore[arg-type]  # both are kinds

    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(mailbox, an_email())
    assert len(mailbox.emails) == kept


async def test_a_held_email_is_taken_once_it_is_released(mailbox: Mailbox, faults: Faults) -> None:
    fault = faults.add("smtp", "DATA", "hold")
    sending = asyncio.create_task(send(mailbox, an_email()))
    await fault.reached()
    assert mailbox.emails == []

    fault.release()
    await sending
    assert len(mailbox.emails) == 1


@pytest.mark.parametrize(("kind", "kept"), [("kill_before", 0), ("kill_after", 1), ("kill_replied", 1)])
async def test_the_bot_dies_at_the_point_that_was_named(mailbox: Mailbox, faults: Faults, kind: str, kept: int) -> None:
    died = asyncio.Event()
    kept_at_death: list[int] = []

    def die() -> None:
        kept_at_death.append(len(mailbox.emails))
        died.set()

    faults.on_kill = die
    faults.add("smtp", "DATA", kind)  # type: ignore[arg-type]  # all are kinds
    sending = asyncio.create_task(send(mailbox, an_email()))
    async with asyncio.timeout(5):
        await died.wait()
        await asyncio.wait([sending])

    assert kept_at_death == [kept]
    assert isinstance(sending.exception(), aiosmtplib.SMTPServerDisconnected) == (kind != "kill_replied")


async def test_emails_stay_and_the_port_is_kept_when_the_server_stops_for_a_while(mailbox: Mailbox) -> None:
    await send(mailbox, an_email())
    port = mailbox.port
    await mailbox.stop()
    with pytest.raises(aiosmtplib.SMTPConnectError):
        await send(mailbox, an_email())

    await mailbox.start()
    await send(mailbox, an_email())
    assert (mailbox.port, len(mailbox.emails)) == (port, 2)
