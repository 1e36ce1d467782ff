"""Modals and the app's home tab: showing them, using their elements, submitting and closing them."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.page.element import enter, use
from sandbox.page.frame import Frame
from sandbox.slack.state import Impossible


class Views:
    """The home tab's page, and what modals and home tab send back."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._workspace = frame.workspace

    def routes(self) -> list[Route]:
        return [Route("/as/{who}/home", self.home), Route("/as/{who}/view/{view}", self.act, methods=["POST"])]

    async def home(self, request: Request) -> Response:
        """Show the home tab; opening it tells the app, a refresh of what stands there does not."""
        person = self._frame.me(request)
        if "x-refresh" not in request.headers:
            await self._workspace.open_home(person)
        view = self._workspace.home(person)
        surface = self._frame.surface(person, view) if view else None
        return self._frame.draw(request, "home.html", here="home", surface=surface)

    async def act(self, request: Request) -> Response:
        person = self._frame.me(request)
        view = self._workspace.views.get(request.path_params["view"])
        if view is None:
            raise HTTPException(404, "This view is closed.")
        form = await request.form()
        notice, url = "", ""
        try:
            if form.get("close"):
                await self._workspace.close(person, view)
                return self._frame.back(request, "")
            enter(view, form)
            if word := form.get("press"):
                notice, url = await use(self._workspace, person, view, str(word), form)
            else:
                told = await self._workspace.submit(person, view)
                notice = f"The app did not take it: {told.seen}." if told.seen and not view.errors else ""
        except Impossible as fault:
            notice = f"{fault}."
        if url and not notice:
            return self._frame.follow(request, url)
        return self._frame.back(request, "home" if view.type == "home" else "", notice=notice)
