"""The page's routes: `routes(sandbox)` is mounted at the root of the sandbox's server."""

from __future__ import annotations

from pathlib import Path

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.page.account import AccountPage
from sandbox.page.breakage import Breakage
from sandbox.page.changes import Changes
from sandbox.page.conversation import Conversation
from sandbox.page.frame import Frame
from sandbox.page.mailbox_pages import MailboxPages
from sandbox.page.passage import Passage
from sandbox.page.view import Views
from sandbox.page.welcome import Welcome
from sandbox.world import World

FIRST = "agent"  # who one is on arrival


def routes(sandbox: World) -> list[BaseRoute]:
    """Serve the page of this sandbox: for everybody in the workspace, without a password."""
    frame = Frame(sandbox)
    views = (Welcome, Conversation, Views, AccountPage, MailboxPages, Passage, Breakage)
    static = StaticFiles(directory=Path(__file__).parent / "static")
    return [
        Route("/", _arrive),
        Route("/changes", Changes(sandbox).stream),
        Mount("/static", static),
        Mount(
            "/", routes=[route for view in views for route in view(frame).routes()], middleware=[Middleware(OwnPages)]
        ),
    ]


class OwnPages:
    """Refuses changes that a page of another site asks for: nobody signs in here, so a browser must not be misled."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST":
            site = Request(scope).headers.get("sec-fetch-site", "same-origin")
            if site != "same-origin":
                await PlainTextResponse("This was asked by another site's page.", 403)(scope, receive, send)
                return
        await self._app(scope, receive, send)


async def _arrive(request: Request) -> Response:
    return RedirectResponse(f"/as/{FIRST}/", status_code=303)
