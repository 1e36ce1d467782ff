"""What the workspace holds, how to look at it, and how to wait until it has changed."""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from sandbox.slack.channels import Channel, Kind
from sandbox.slack.installation import Installation
from sandbox.slack.journal import Exchange
from sandbox.slack.limits import Limits
from sandbox.slack.messages import Message, Stamps
from sandbox.slack.people import Person, UserGroup
from sandbox.slack.tickets import ResponseUrls, Triggers
from sandbox.slack.views import View

T = TypeVar("T")
JOURNAL_LENGTH = 5000


class Impossible(LookupError):
    """The person cannot do this in Slack either; the message says what stands in the way."""


class State:
    """People, channels, messages and views of one workspace with one app in it.

    `base_url` is where the server mounted the workspace's routes (`http://127.0.0.1:PORT/slack`). A test may set
    `edit_window` (seconds after which messages cannot be edited; None: never), `charts_allowed` (whether the
    workspace has `data_visualization` blocks yet), `groups_in_plan` (whether it pays for user groups) and
    `enterprise_id` (the Enterprise Grid organisation that the workspace is part of; None: of none).
    """

    team_id = "T0WINBACK1"
    team_name = "Northwind"
    team_domain = "northwind"
    bot_id = "B0WINBACK1"

    def __init__(self) -> None:
        self.installation = Installation()
        self.bot = Person(id="U0WINBACKB", handle="winback", name="Winback", team_id=self.team_id, is_bot=True)
        self.base_url = ""
        self.people: dict[str, Person] = {self.bot.id: self.bot}
        self.groups: dict[str, UserGroup] = {}
        self.groups_in_plan = True
        self.enterprise_id: str | None = None
        self.channels: dict[str, Channel] = {}
        self.views: dict[str, View] = {}
        self.homes: dict[str, View] = {}
        self.stamps = Stamps()
        self.limits = Limits()
        self.triggers = Triggers()
        self.response_urls = ResponseUrls()
        self.journal: deque[Exchange] = deque(maxlen=JOURNAL_LENGTH)
        self.edit_window: float | None = None
        self.charts_allowed = True
        self.deleted: list[Message] = []
        self._messages: dict[str, list[Message]] = {}
        self._stacks: dict[str, list[View]] = {}
        self._changed = asyncio.Event()

    def person(self, who: str | Person) -> Person:
        """Return the person with this id or handle; raises Impossible for nobody."""
        if isinstance(who, Person):
            return who
        found = self.people.get(who) or next((p for p in self.people.values() if p.handle == who), None)
        if found is None:
            raise Impossible(f"there is no {who!r} in the workspace")
        return found

    def channel(self, which: str | Channel) -> Channel:
        """Return the conversation with this id or (with or without `#`) name; raises Impossible for none."""
        if isinstance(which, Channel):
            return which
        name = which.removeprefix("#")
        found = self.channels.get(which) or next((c for c in self.channels.values() if c.name == name), None)
        if found is None:
            raise Impossible(f"there is no channel {which!r}")
        return found

    def direct(self, who: str | Person) -> Channel:
        """Return the direct messages between a person and the app, opened if they were not."""
        person = self.person(who)
        for channel in self.channels.values():
            if channel.kind is Kind.DIRECT and person.id in channel.members:
                return channel
        created = int(time.time())
        opened = Channel(
            id="D" + person.id[1:],
            name=person.handle,
            kind=Kind.DIRECT,
            team_id=self.team_id,
            members=[self.bot.id, person.id],
            created=created,
        )
        self.channels[opened.id] = opened
        self.touch()
        return opened

    def messages(self, channel: str | Channel) -> list[Message]:
        """Return what is in a channel outside threads, oldest first, without ephemerals."""
        return [message for message in self._kept(channel) if not message.only_for and not message.is_reply]

    def replies(self, parent: Message) -> list[Message]:
        """Return the thread under a message, oldest first, without the message itself and without ephemerals."""
        return [
            message
            for message in self._kept(parent.channel)
            if message.is_reply and message.thread_ts == parent.ts and not message.only_for
        ]

    def ephemerals(self, who: str | Person, channel: str | Channel | None = None) -> list[Message]:
        """Return what only this person sees, oldest first, in one channel or in all."""
        person = self.person(who)
        where = [self.channel(channel).id] if channel else list(self._messages)
        found = [m for place in where for m in self._messages.get(place, []) if m.only_for == person.id]
        return sorted(found, key=lambda message: message.ts)

    def seen_by(self, who: str | Person, channel: str | Channel) -> list[Message]:
        """Return what a person sees in a channel outside threads: everybody's messages and their own ephemerals."""
        person = self.person(who)
        return [m for m in self._kept(channel) if m.only_for in {None, person.id} and not m.is_reply]

    def message(self, channel: str | Channel, ts: str) -> Message | None:
        """Return the message (or ephemeral) with this time stamp."""
        return next((message for message in self._kept(channel) if message.ts == ts), None)

    def stack(self, who: str | Person) -> list[View]:
        """Return the modals open in front of a person, the lowest first."""
        return self._stacks.setdefault(self.person(who).id, [])

    def modal(self, who: str | Person) -> View | None:
        """Return the modal a person sees now."""
        stack = self.stack(who)
        return stack[-1] if stack else None

    def home(self, who: str | Person) -> View | None:
        """Return the app's home tab as published for a person."""
        return self.homes.get(self.person(who).id)

    def calls(self, method: str) -> list[Exchange]:
        """Return the journal's exchanges of one Web API method, oldest first."""
        return [exchange for exchange in self.journal if exchange.method == method]

    def keep(self, message: Message) -> Message:
        """Put a message into its channel."""
        self._messages.setdefault(message.channel, []).append(message)
        self.touch()
        return message

    def drop(self, message: Message) -> None:
        """Take a message away; others are told `message_not_found` from now on."""
        self._messages[message.channel].remove(message)
        if not message.only_for:
            self.deleted.append(message)
        self.touch()

    def post_as_app(self, channel: Channel, content: dict[str, Any], *, only_for: str | None = None) -> Message:
        """Keep a message of the app's; `content` holds Message fields (text, blocks, metadata, thread_ts …)."""
        return self.keep(
            Message(
                ts=self.stamps.next(),
                channel=channel.id,
                user=self.bot.id,
                team_id=self.team_id,
                app_id=self.installation.app_id,
                bot_id=self.bot_id,
                bot_name=self.bot.name,
                only_for=only_for,
                **content,
            )
        )

    def new_view(self, user: str, content: dict[str, Any], *, previous: View | None = None) -> View:
        """Make and register a view; the caller puts it on a stack or in front as a home tab."""
        view = View(
            id="V0" + secrets.token_hex(4).upper(),
            user=user,
            team_id=self.team_id,
            app_id=self.installation.app_id,
            bot_id=self.bot_id,
            content=content,
            previous=previous,
        )
        self.views[view.id] = view
        return view

    def forget_view(self, view: View) -> None:
        """Take a closed modal off its stack; the Web API answers `not_found` for it from now on."""
        stack = self.stack(view.user)
        if view in stack:
            stack.remove(view)
        self.views.pop(view.id, None)
        self.touch()

    def touch(self) -> None:
        """Wake everybody who waits: something has changed."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def changed(self) -> None:
        """Return at the next change."""
        await self._changed.wait()

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 30.0) -> T:  # noqa: ASYNC109  # a wait that ends by itself is the point
        """Return the predicate's first truthy answer, asked now and after each change of the workspace.

        Raises TimeoutError with what stands in the workspace's journal last, after `timeout` seconds.
        """
        try:
            async with asyncio.timeout(timeout):
                while not (answer := predicate()):
                    await self._changed.wait()
                return answer
        except TimeoutError:
            last = "; ".join(f"{e.method} -> {e.outcome}" for e in list(self.journal)[-5:]) or "no call at all"
            raise TimeoutError(f"nothing of the kind within {timeout} s; the app's last calls: {last}") from None

    def _kept(self, channel: str | Channel) -> list[Message]:
        return self._messages.setdefault(self.channel(channel).id, [])
