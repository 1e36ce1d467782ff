"""Conversations: reading and writing in a channel, and using what is in its messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.page import blocks, mrkdwn
from sandbox.page.element import enter, use
from sandbox.page.frame import Frame, Portrait
from sandbox.slack.channels import Channel, Kind
from sandbox.slack.messages import Message
from sandbox.slack.people import Person
from sandbox.slack.state import Impossible


@dataclass(frozen=True)
class Shown:
    """A message as the page draws it; `thread_url` is empty inside a thread."""

    ts: str
    author: Portrait
    time: str
    date: str
    is_ephemeral: bool
    edited: bool
    text: Markup
    surface: blocks.Surface
    replies: int
    thread_url: str
    may_delete: bool


class Conversation:
    """The views and acts of one channel, for whoever the address names."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._workspace = frame.workspace

    def routes(self) -> list[Route]:
        message = "/as/{who}/message/{channel}/{ts}"
        return [
            Route("/as/{who}/channel/{channel}", self.show),
            Route("/as/{who}/channel/{channel}/say", self.say, methods=["POST"]),
            Route(message, self.act, methods=["POST"]),
            Route(f"{message}/menu", self.menu, methods=["POST"]),
            Route(f"{message}/dismiss", self.dismiss, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        person = self._frame.me(request)
        channel = self._channel(request, person)
        shown = [self._shown(person, one) for one in self._workspace.seen_by(person, channel)]
        thread = self._thread(person, channel, request.query_params.get("thread"))
        self._frame.mark_read(person, channel)
        return self._frame.draw(
            request,
            "channel.html",
            here=f"channel/{channel.id}",
            channel={
                "id": channel.id,
                "title": self._workspace.bot.name if channel.kind is Kind.DIRECT else f"#{channel.name}",
                "about": _about(channel),
                "empty": "Nothing has been said here yet.",
                "may_write": not channel.is_archived,
            },
            messages=shown,
            thread=thread,
            commands=list(self._workspace.installation.commands.values()),
            draft=request.query_params.get("draft", ""),
        )

    async def say(self, request: Request) -> Response:
        person = self._frame.me(request)
        channel = self._channel(request, person)
        form = await request.form()
        text = str(form.get("text", "")).replace("\r\n", "\n").strip()
        try:
            notice = await self._post(person, channel, text, str(form.get("thread", "")))
        except Impossible as fault:
            notice = _sentence(fault)
        return self._frame.back(request, f"channel/{channel.id}", notice=notice)

    async def _post(self, person: Person, channel: Channel, text: str, thread: str) -> str:
        """Post a message or run a command, in a channel or under the message `thread`; what went wrong, if it did."""
        if not text:
            return ""
        if not text.startswith("/"):
            under = self._message(channel.id, thread) if thread else None
            await self._workspace.say(person, channel, text, thread=under)
            return ""
        if thread:
            return "Slack takes an app’s commands in channels only, not in threads."
        name, _, rest = text.partition(" ")
        told = await self._workspace.command(person, channel, name, rest.strip())
        return f"{name} failed with the error “{told.seen}”." if told.seen else ""

    async def act(self, request: Request) -> Response:
        person = self._frame.me(request)
        message = self._message(request.path_params["channel"], request.path_params["ts"])
        form = await request.form()
        notice, url = "", ""
        try:
            enter(message, form)
            if word := form.get("press"):
                notice, url = await use(self._workspace, person, message, str(word), form)
        except Impossible as fault:
            notice = _sentence(fault)
        if url and not notice:
            return self._frame.follow(request, url)
        return self._frame.back(request, f"channel/{message.channel}", notice=notice)

    async def menu(self, request: Request) -> Response:
        person = self._frame.me(request)
        message = self._message(request.path_params["channel"], request.path_params["ts"])
        form = await request.form()
        notice = ""
        try:
            if form.get("delete"):
                await self._workspace.delete_message(person, message)
            elif callback_id := form.get("shortcut"):
                told = await self._workspace.shortcut(person, message, str(callback_id))
                notice = f"The app did not take it: {told.seen}." if told.seen else ""
        except Impossible as fault:
            notice = _sentence(fault)
        return self._frame.back(request, f"channel/{message.channel}", notice=notice)

    async def dismiss(self, request: Request) -> Response:
        person = self._frame.me(request)
        message = self._message(request.path_params["channel"], request.path_params["ts"])
        self._workspace.dismiss(person, message)
        return self._frame.back(request, f"channel/{message.channel}")

    def _channel(self, request: Request, person: Person) -> Channel:
        channel = self._workspace.channels.get(request.path_params["channel"])
        if channel is None or not self._workspace.sees(person, channel):
            raise HTTPException(404, f"{person.name} sees no such channel.")
        return channel

    def _message(self, channel: str, ts: str) -> Message:
        found = self._workspace.message(channel, ts) if channel in self._workspace.channels else None
        if found is None:
            raise HTTPException(404, "This message is gone.")
        return found

    def _thread(self, person: Person, channel: Channel, ts: str | None) -> dict[str, object] | None:
        parent = self._workspace.message(channel, ts) if ts else None
        if parent is None:
            return None
        private = [one for one in self._workspace.ephemerals(person, channel) if one.thread_ts == ts]
        under = sorted([*self._workspace.replies(parent), *private], key=lambda one: one.ts)
        return {"ts": ts, "messages": [self._shown(person, one, in_thread=True) for one in [parent, *under]]}

    def _shown(self, person: Person, message: Message, *, in_thread: bool = False) -> Shown:
        author = self._workspace.person(message.user)
        at = datetime.fromtimestamp(float(message.ts), tz=UTC)
        surface = self._frame.surface(person, message, column="thread-" if in_thread else "")
        return Shown(
            ts=message.ts,
            author=self._frame.portrait(author),
            time=f"{at:%H:%M}",
            date=f"{at:%A, %-d %B %Y, %H:%M:%S} UTC",
            is_ephemeral=message.only_for is not None,
            edited=message.edited_flag,
            text=mrkdwn.render(message.text, surface.reader),
            surface=surface,
            replies=0 if message.only_for or in_thread else len(self._workspace.replies(message)),
            thread_url="" if in_thread else f"/as/{person.handle}/channel/{message.channel}?thread={message.ts}",
            may_delete=message.user == person.id or person.is_admin,
        )


def _about(channel: Channel) -> str:
    parts = [] if channel.kind is Kind.DIRECT else [f"{len(channel.members)} members"]
    parts += ["private"] if channel.kind is Kind.PRIVATE else []
    parts += ["shared with another company"] if channel.is_ext_shared else []
    parts += ["archived"] if channel.is_archived else []
    return ", ".join(parts)


def _sentence(fault: Impossible) -> str:
    words = str(fault)
    return words[:1].upper() + words[1:] + "."
