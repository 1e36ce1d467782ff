"""The mailbox: what letters came, and how each would look to whoever gets it."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from sandbox.mailbox import Letter
from sandbox.page.frame import Frame

BODY_HEADERS = {
    # A letter's own style is allowed, nothing else: no script, no form, nothing fetched.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Letters:
    """The list, one letter with its headers, and its HTML part for a frame of its own."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._mailbox = frame.sandbox.mailbox

    def routes(self) -> list[Route]:
        return [
            Route("/as/{who}/mailbox", self.show),
            Route("/as/{who}/mailbox/{letter:int}", self.letter),
            Route("/as/{who}/mailbox/{letter:int}/html", self.html),
            Route("/as/{who}/mailbox/refuse", self.refuse, methods=["POST"]),
            Route("/as/{who}/mailbox/accept", self.accept, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        self._frame.mark_letters_read()
        letters, refused = self._mailbox.letters[::-1], self._mailbox.refused
        return self._frame.draw(request, "mailbox.html", here="mailbox", all_letters=letters, refused=refused)

    async def letter(self, request: Request) -> Response:
        return self._frame.draw(request, "letter.html", here="mailbox", letter=self._letter(request))

    async def html(self, request: Request) -> Response:
        return HTMLResponse(self._letter(request).html, headers=BODY_HEADERS)

    async def refuse(self, request: Request) -> Response:
        address = str((await request.form()).get("address", "")).strip()
        if address:
            self._mailbox.refuse(address)
        return self._frame.back(request, "mailbox")

    async def accept(self, request: Request) -> Response:
        self._mailbox.accept(str((await request.form()).get("address", "")))
        return self._frame.back(request, "mailbox")

    def _letter(self, request: Request) -> Letter:
        number = request.path_params["letter"]
        found = next((letter for letter in self._mailbox.letters if letter.id == number), None)
        if found is None:
            raise HTTPException(404, "There is no such letter.")
        return found
