"""Emails as a mail program treats them: links that open, and one click that unsubscribes."""

import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage

import aiosmtplib
import httpx2
import pytest
from playwright.async_api import Page, expect

from sandbox.server import Sandbox

LINK = "https://northwind-mail.com/o/abc?x=1&y=2"


class Receiver:
    """A loopback web server that keeps what it is sent, and answers 200."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []

    async def start(self) -> str:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/u/token"

    async def stop(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        self.requests.append(head + await reader.readexactly(length))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[Receiver, str]]:
    started = Receiver()
    yield started, await started.start()
    await started.stop()


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=sandbox.url, follow_redirects=True, trust_env=False) as talking:
        yield talking


async def send(sandbox: Sandbox, html: str = "", **headers: str) -> None:
    email = EmailMessage()
    email["From"], email["To"], email["Subject"] = "a@northwind-mail.com", "dana@acme-mail.com", "An offer"
    for name, value in headers.items():
        email[name.replace("_", "-")] = value
    email.set_content(f"See <{LINK}>, or\nhttps://x.com/<script>.")
    if html:
        email.add_alternative(html, subtype="html")
    await aiosmtplib.send(email, hostname="127.0.0.1", port=sandbox.smtp_port, start_tls=False)


async def test_one_click_posts_what_a_mail_provider_posts(
    client: httpx2.AsyncClient, sandbox: Sandbox, receiver: tuple[Receiver, str]
) -> None:
    """RFC 8058: a POST with that body; no browser's headers, which our own pages would want."""
    provider, url = receiver
    await send(
        sandbox,
        List_Unsubscribe=f"<mailto:off@northwind-mail.com>, <{url}>",
        List_Unsubscribe_Post="List-Unsubscribe=One-Click",
    )
    assert "Unsubscribe</button>" in (await client.get("/as/agent/mailbox/1")).text
    done = await client.post("/as/agent/mailbox/1/unsubscribe")

    assert "Unsubscribed as a mail provider does it; the answer was 200." in done.text
    [asked] = provider.requests
    assert asked.startswith(b"POST /u/token HTTP/1.1\r\n")
    assert b"content-type: application/x-www-form-urlencoded\r\n" in asked.lower()
    assert asked.endswith(b"\r\n\r\nList-Unsubscribe=One-Click")
    assert b"sec-fetch" not in asked.lower()
    assert b"cookie" not in asked.lower()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"List_Unsubscribe": "<https://northwind-mail.com/u/1>"},
        {"List_Unsubscribe": "<mailto:off@x.com>", "List_Unsubscribe_Post": "List-Unsubscribe=One-Click"},
    ],
)
async def test_without_its_headers_no_one_click_is_offered(
    client: httpx2.AsyncClient, sandbox: Sandbox, headers: dict[str, str]
) -> None:
    await send(sandbox, **headers)
    assert "Unsubscribe</button>" not in (await client.get("/as/agent/mailbox/1")).text
    assert (await client.post("/as/agent/mailbox/1/unsubscribe")).status_code == 404


async def test_nobody_at_the_address_is_said(client: httpx2.AsyncClient, sandbox: Sandbox) -> None:
    await send(sandbox, List_Unsubscribe="<http://127.0.0.1:9/u>", List_Unsubscribe_Post="List-Unsubscribe=One-Click")
    done = await client.post("/as/agent/mailbox/1/unsubscribe")
    assert "Nobody answers at the address to unsubscribe." in done.text


async def test_addresses_in_plain_text_are_links_and_all_else_is_text(
    client: httpx2.AsyncClient, sandbox: Sandbox
) -> None:
    await send(sandbox)
    shown = (await client.get("/as/agent/mailbox/1")).text
    escaped = LINK.replace("&", "&amp;")
    assert f'&lt;<a href="{escaped}" target="_blank" rel="noreferrer">{escaped}</a>&gt;, or' in shown
    assert '<a href="https://x.com/" target="_blank" rel="noreferrer">https://x.com/</a>&lt;script&gt;.' in shown


async def test_an_email_stays_the_document_it_is(client: httpx2.AsyncClient, sandbox: Sandbox) -> None:
    await send(sandbox, html="<!doctype html><html><head><title>Hello</title></head><body></body></html>")
    shown = (await client.get("/as/agent/mailbox/1/html")).text
    assert shown.startswith('<!doctype html><html><head><base target="_blank"><title>Hello</title>')


async def test_an_emails_link_opens_in_a_window_of_its_own(page: Page, sandbox: Sandbox) -> None:
    await send(sandbox, html=f'<p><a href="{sandbox.url}/as/agent/clock">Continue</a></p>')
    await page.goto(f"{sandbox.url}/as/agent/mailbox/1")
    async with page.expect_popup() as opening:
        await page.frame_locator("iframe").get_by_role("link", name="Continue").click()
    await expect((await opening.value).get_by_role("heading", name="Clock")).to_be_visible()
