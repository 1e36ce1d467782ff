from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from domain.email import Email
from flows.failures import Refused, Unavailable, Unclear
from mail.server import SmtpServer
from mail.smtp_mailer import SmtpMailer
from sandbox.faults import Faults, Kind
from sandbox.mailbox import Mailbox

NOW = datetime(2026, 12, 3, 14, 5, tzinfo=UTC)
EMAIL = Email(
    to="dana@acme.com",
    subject="Your link – für Sie",
    text="Hello Dana,\n\n.a line that begins with a point\n",
    html="<p>Hello Dana,</p>",
    message_id="0198-7c",
)


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
async def mailbox(faults: Faults) -> AsyncIterator[Mailbox]:
    box = Mailbox(faults)
    await box.start()
    yield box
    await box.stop()


def post(mailbox: Mailbox, *, sender: str = "Acme <billing@acme.com>") -> SmtpMailer:
    server = SmtpServer.parse(f"smtp://127.0.0.1:{mailbox.port}")
    return SmtpMailer(server, sender=sender, reply_to="help@acme.com", wall=lambda: NOW)


async def test_email_arrives_whole(mailbox: Mailbox) -> None:
    await post(mailbox).send(EMAIL)
    (email,) = mailbox.emails
    assert email.to == ("dana@acme.com",)
    assert email.sender == "billing@acme.com"
    assert email.subject == "Your link – für Sie"
    assert email.text.replace("\r\n", "\n") == EMAIL.text
    assert email.html.strip() == EMAIL.html
    assert {name.lower(): value for name, value in email.headers if name not in {"MIME-Version", "Content-Type"}} == {
        "from": "Acme <billing@acme.com>",
        "to": "dana@acme.com",
        "subject": "Your link – für Sie",
        "message-id": "<0198-7c@acme.com>",
        "date": "Thu, 03 Dec 2026 14:05:00 +0000",
        "auto-submitted": "auto-generated",
        "reply-to": "help@acme.com",
    }
    assert email.raw.isascii()
    assert max(map(len, email.raw.splitlines())) <= 998  # RFC 5321


async def test_email_has_unsubscribe_headers(mailbox: Mailbox) -> None:
    url = "https://billing.acme.com/u/" + "A" * 120
    await post(mailbox).send(replace(EMAIL, unsubscribe_url=url))
    (email,) = mailbox.emails
    headers = message_from_bytes(email.raw, policy=policy.default)
    assert headers["List-Unsubscribe"] == f"<{url}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"<{url}>".encode() in email.raw  # in one piece: programs that read the raw line find it


async def test_address_in_other_scripts_is_kept(mailbox: Mailbox) -> None:
    await post(mailbox).send(Email(to="дана@acme.com", subject="s", text="t", html="h", message_id="1"))
    (email,) = mailbox.emails
    assert email.to == ("дана@acme.com",)
    assert message_from_bytes(email.raw, policy=policy.default)["To"] == "дана@acme.com"


async def test_a_domain_in_other_scripts_needs_no_special_server(mailbox: Mailbox) -> None:
    await post(mailbox, sender="Müller <rechnung@müller.de>").send(replace(EMAIL, to="anna@straße.de"))
    (email,) = mailbox.emails
    assert (email.sender, email.to) == ("rechnung@xn--mller-kva.de", ("anna@xn--strae-oqa.de",))
    read = message_from_bytes(email.raw, policy=policy.default)
    assert read["From"] == "Müller <rechnung@xn--mller-kva.de>"
    assert read["Message-ID"].endswith("@xn--mller-kva.de>")
    assert email.raw.isascii()


@pytest.mark.parametrize(
    "to", ["", "dana", "dana@acme.com\r\nBcc: eve@evil.example", "dana@acme.com, eve@evil.example"]
)
async def test_invalid_address_is_refused(mailbox: Mailbox, to: str) -> None:
    with pytest.raises(Refused) as raised:
        await post(mailbox).send(Email(to=to, subject="s", text="t", html="h", message_id="1"))
    assert (raised.value.fault, raised.value.code) == ("request", "bad_address")
    assert mailbox.emails == []


async def test_refused_recipient_is_not_named(mailbox: Mailbox) -> None:
    mailbox.refuse("dana@acme.com", "550 5.1.1 <dana@acme.com> No such mailbox here")
    with pytest.raises(Refused) as raised:
        await post(mailbox).send(EMAIL)
    assert (raised.value.fault, raised.value.code) == ("request", "550")
    assert "dana" not in raised.value.why


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
async def test_not_now_is_unavailable(mailbox: Mailbox, faults: Faults, command: str) -> None:
    faults.add("smtp", command, "status", status=451)
    with pytest.raises(Unavailable):
        await post(mailbox).send(EMAIL)


async def test_email_refused_after_data_is_refused(mailbox: Mailbox, faults: Faults) -> None:
    faults.add("smtp", "DATA", "status", status=554)
    with pytest.raises(Refused) as raised:
        await post(mailbox).send(EMAIL)
    assert (raised.value.fault, raised.value.code) == ("request", "554")


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
async def test_connection_lost_before_data_is_unavailable(mailbox: Mailbox, faults: Faults, kind: Kind) -> None:
    faults.add("smtp", "RCPT", kind)
    with pytest.raises(Unavailable):
        await post(mailbox).send(EMAIL)
    assert mailbox.emails == []


@pytest.mark.parametrize(("kind", "arrived"), [("drop_before", 0), ("drop_after", 1)])
async def test_connection_lost_after_data_is_unclear(
    mailbox: Mailbox, faults: Faults, kind: Kind, arrived: int
) -> None:
    faults.add("smtp", "DATA", kind)
    with pytest.raises(Unclear):
        await post(mailbox).send(EMAIL)
    assert len(mailbox.emails) == arrived


async def test_a_server_that_is_away_is_unavailable(mailbox: Mailbox) -> None:
    away = post(mailbox)
    await mailbox.stop()
    with pytest.raises(Unavailable):
        await away.send(EMAIL)


async def test_server_without_tls_gets_no_email(mailbox: Mailbox) -> None:
    server = SmtpServer(host="127.0.0.1", port=mailbox.port, tls="starttls")
    with pytest.raises(Refused) as raised:
        await SmtpMailer(server, sender="billing@acme.com", reply_to=None, wall=lambda: NOW).send(EMAIL)
    assert raised.value.fault == "credential"
    assert mailbox.emails == []
