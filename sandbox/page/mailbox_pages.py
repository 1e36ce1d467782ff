"""The mailbox: what emails came, and how each would look to whoever gets it."""

from __future__ import annotations

import re

import aiohttp
from markupsafe import Markup, escape
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from sandbox.mailbox import ReceivedEmail
from sandbox.page.frame import Frame

BODY_HEADERS = {
    # An email's own style is allowed, nothing else: no script, no form, nothing fetched.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
OWN_WINDOW = '<base target="_blank">'
"""Put into an email's head: its links open in a window of their own, as in any mail program."""
HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ADDRESS = re.compile(r"https?://[^\s<>()]*[^\s<>().,;:!?]")
ONE_CLICK = "List-Unsubscribe=One-Click"
TIMEOUT = 15.0


class MailboxPages:
    """The list, one email with its headers, and its HTML part for a frame of its own."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._mailbox = frame.sandbox.mailbox

    def routes(self) -> list[Route]:
        return [
            Route("/as/{who}/mailbox", self.show),
            Route("/as/{who}/mailbox/{email:int}", self.email),
            Route("/as/{who}/mailbox/{email:int}/html", self.html),
            Route("/as/{who}/mailbox/{email:int}/unsubscribe", self.unsubscribe, methods=["POST"]),
            Route("/as/{who}/mailbox/refuse", self.refuse, methods=["POST"]),
            Route("/as/{who}/mailbox/accept", self.accept, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        self._frame.mark_emails_read()
        emails, refused = self._mailbox.emails[::-1], self._mailbox.refused
        return self._frame.draw(request, "mailbox.html", here="mailbox", all_emails=emails, refused=refused)

    async def email(self, request: Request) -> Response:
        email = self._email(request)
        return self._frame.draw(
            request,
            "email.html",
            here="mailbox",
            email=email,
            text=_with_links(email.text),
            unsubscribe_url=_one_click_url(email),
        )

    async def html(self, request: Request) -> Response:
        html = self._email(request).html
        head = HEAD.search(html)
        at = head.end() if head else 0
        return HTMLResponse(html[:at] + OWN_WINDOW + html[at:], headers=BODY_HEADERS)

    async def unsubscribe(self, request: Request) -> Response:
        """Post what a mail provider posts when its *Unsubscribe* is pressed (RFC 8058): no cookie, no redirects."""
        email = self._email(request)
        if not (url := _one_click_url(email)):
            raise HTTPException(404, "This email cannot be unsubscribed from by one click.")
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(TIMEOUT)) as client,
                client.post(url, data=ONE_CLICK, headers=FORM, allow_redirects=False) as answer,
            ):
                notice = f"Unsubscribed as a mail provider does it; the answer was {answer.status}."
        except (aiohttp.ClientError, TimeoutError):
            notice = "Nobody answers at the address to unsubscribe."
        return self._frame.back(request, f"mailbox/{email.id}", notice=notice)

    async def refuse(self, request: Request) -> Response:
        address = str((await request.form()).get("address", "")).strip()
        if address:
            self._mailbox.refuse(address)
        return self._frame.back(request, "mailbox")

    async def accept(self, request: Request) -> Response:
        self._mailbox.accept(str((await request.form()).get("address", "")))
        return self._frame.back(request, "mailbox")

    def _email(self, request: Request) -> ReceivedEmail:
        number = request.path_params["email"]
        found = next((email for email in self._mailbox.emails if email.id == number), None)
        if found is None:
            raise HTTPException(404, "There is no such email.")
        return found


def _one_click_url(email: ReceivedEmail) -> str:
    """Find where one click unsubscribes; nothing unless the email says that one click is enough."""
    if (email.header("List-Unsubscribe-Post") or "").strip() != ONE_CLICK:
        return ""
    found = re.search(r"<(https?://[^>]+)>", email.header("List-Unsubscribe") or "")
    return found[1] if found else ""


def _with_links(text: str) -> Markup:
    """Write plain text with its web addresses as links."""
    written, end = Markup(), 0
    for found in ADDRESS.finditer(text):
        link = Markup('<a href="{0}" target="_blank" rel="noreferrer">{0}</a>').format(found[0])
        written += escape(text[end : found.start()]) + link
        end = found.end()
    return written + escape(text[end:])
