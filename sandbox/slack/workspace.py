"""The workspace as its people use it: each thing a person can do in Slack is one call here."""

from typing import Any

from sandbox.slack import answers, inputs, payloads, typing_in
from sandbox.slack.administration import Administration
from sandbox.slack.channels import Channel, Kind
from sandbox.slack.inputs import Choice
from sandbox.slack.interactions import Interaction
from sandbox.slack.messages import Message
from sandbox.slack.people import Person
from sandbox.slack.state import Impossible
from sandbox.slack.views import View

WhoIs = str | Person
Where = str | Channel


class Workspace(Administration):
    """People by id or handle, channels by id or name; what a person cannot do in Slack raises Impossible.

    Each call returns once the app has acknowledged (or three seconds have passed) and the acknowledgement has had
    its effect; later effects are awaited with `wait_for`.
    """

    async def command(self, who: WhoIs, channel: Where, name: str, text: str = "", *, raw: bool = False) -> Interaction:
        """Type a slash command; with `raw` the text goes out as given, else as Slack marks it up.

        Only people of this workspace can, and not in threads (Slack: "Implementing slash commands").
        """
        person, place = self._member(who), self._readable(who, channel)
        registered = self.installation.commands.get(name)
        if registered is None:
            raise Impossible(f"{name} is not a command of any app here")
        sent = text
        if not raw:
            escaped = registered.get("should_escape", False)
            sent = self.as_sent(text) if escaped else typing_in.entities(text)
        payload = payloads.command(self, person, place, name, sent)
        told = await self.deliveries.interact("slash_commands", payload)
        if told.acknowledged:
            told.seen = answers.answer_command(self, self.response_urls.of(payload["response_url"]), told.body)
        self.touch()
        return told

    async def click(
        self, who: WhoIs, where: Message | View, name: str, value: Choice = None, *, block_id: str | None = None
    ) -> Interaction:
        """Press the button with this action_id (where several share it: with this value or in this block)."""
        _, button = inputs.find(where.blocks, name, value=value, block_id=block_id)
        if button["type"] != "button":
            raise Impossible(f"{name} is a {button['type']}, something has to be chosen in it")
        return await self._act(who, where, name, value, block_id)

    async def choose(
        self, who: WhoIs, where: Message | View, name: str, choice: Choice, *, block_id: str | None = None
    ) -> Interaction:
        """Choose in the select, overflow, radio, checkbox or picker with this action_id.

        Options go by their value or their text; an input that does not dispatch is only filled in.
        """
        return await self._act(who, where, name, choice, block_id)

    async def shortcut(self, who: WhoIs, message: Message, callback_id: str) -> Interaction:
        """Use a message shortcut from the message's menu."""
        person = self._member(who)
        self._looks_at(person, message)
        if message.only_for or callback_id not in self.installation.shortcuts:
            raise Impossible(f"the message has no shortcut {callback_id!r}")
        return await self._interact(payloads.message_action(self, person, message, callback_id))

    async def submit(self, who: WhoIs, view: View, values: dict[str, Choice] | None = None) -> Interaction:
        """Fill values in (by action_id or block_id) and press the modal's submit button.

        What the client itself refuses (required, too long) never reaches the app: `view.errors` tells, and the
        interaction has no status.
        """
        person = self._owner(who, view)
        if not view.content.get("submit"):
            raise Impossible("this modal has no submit button")
        inputs.fill(view, values or {})
        view.errors = inputs.faults(view)
        if view.errors:
            self.touch()
            return Interaction(kind="interactive", payload={}, seen="the form is not complete")
        told = await self._interact(payloads.view_submission(self, person, view))
        if told.acknowledged:
            told.seen = answers.answer_submission(self, view, told.body)
        return told

    async def close(self, who: WhoIs, view: View, *, all_of_them: bool = False) -> Interaction | None:
        """Close a modal by its Cancel button, or all with the x; the app hears of it only if it asked to."""
        person = self._owner(who, view)
        stack = self.stack(person)
        closing = list(stack) if all_of_them else [view]
        told = view.root if all_of_them else view
        for gone in closing:
            self.forget_view(gone)
        if not told.content.get("notify_on_close"):
            return None
        return await self._interact(payloads.view_closed(self, person, told, is_cleared=all_of_them))

    async def open_home(self, who: WhoIs) -> Interaction | None:
        """Open the app's home tab; None where the app has none or does not want to know."""
        person = self._member(who)
        if not self.installation.has_home:
            return None
        content: dict[str, Any] = {
            "type": "app_home_opened",
            "user": person.id,
            "channel": self.direct(person).id,
            "tab": "home",
        }
        if view := self.home(person):
            content["view"] = payloads.view_of(view)
        return await self.emit(content)

    async def say(self, who: WhoIs, channel: Where, text: str, *, thread: Message | None = None) -> Message:
        """Post a message as a person, in a channel or under a message."""
        person, place = self._active(who), self._readable(who, channel)
        if place.is_archived:
            raise Impossible(f"#{place.name} is archived")
        message = self.keep(
            Message(
                ts=self.stamps.next(),
                channel=place.id,
                user=person.id,
                team_id=person.team_id,
                text=self.as_sent(text),
                thread_ts=thread.ts if thread else None,
            )
        )
        if self.bot.id in place.members:
            kind = {Kind.PUBLIC: "channel", Kind.PRIVATE: "group", Kind.DIRECT: "im"}[place.kind]
            await self.emit(message.as_json() | {"channel": place.id, "channel_type": kind}, channel=place)
        return message

    async def delete_message(self, who: WhoIs, message: Message) -> None:
        """Delete a message of one's own, or as an administrator anybody's."""
        person = self._active(who)
        self._looks_at(person, message)
        if message.user != person.id and not person.is_admin:
            raise Impossible(f"{person.handle} may not delete another's message")
        self.drop(message)

    def dismiss(self, who: WhoIs, message: Message) -> None:
        """Dismiss a message that only this person sees."""
        if message.only_for != self.person(who).id:
            raise Impossible("only one's own ephemeral messages can be dismissed")
        self.drop(message)

    def reload(self, who: WhoIs) -> None:
        """Reload the client: ephemeral messages are gone, open modals too."""
        for message in self.ephemerals(who):
            self.drop(message)
        for view in list(self.stack(who)):
            self.forget_view(view)

    def as_sent(self, text: str) -> str:
        """Return typed text with addresses, links, people and channels marked up as Slack does."""
        return typing_in.as_sent(text, people=self.people.values(), channels=self.channels.values())

    def sees(self, who: WhoIs, channel: Where) -> bool:
        """Return whether a person can open a channel: a member of it, or of the workspace where it is public."""
        person, place = self.person(who), self.channel(channel)
        home = person.belongs_to(self.team_id) and not (person.is_restricted or person.is_ultra_restricted)
        return person.id in place.members or (home and place.kind is Kind.PUBLIC)

    async def _act(
        self, who: WhoIs, where: Message | View, name: str, choice: Choice, block_id: str | None
    ) -> Interaction:
        person = self._owner(who, where) if isinstance(where, View) else self._active(who)
        if isinstance(where, Message):
            self._looks_at(person, where)
        block, element = inputs.find(where.blocks, name, value=choice, block_id=block_id)
        action: dict[str, Any] = {"action_id": element["action_id"], "block_id": block["block_id"]}
        if element["type"] == "button":
            action |= {key: element[key] for key in ("type", "text", "value", "style") if key in element}
        else:
            entry = inputs.value_of(element, choice)
            action |= entry
            if element["type"] in inputs.KEEPING:
                where.state.setdefault(block["block_id"], {})[element["action_id"]] = entry
                self.touch()
            if block["type"] == "input" and not block.get("dispatch_action"):
                return Interaction(kind="interactive", payload={})
        return await self._interact(payloads.block_actions(self, person, where, action))

    async def _interact(self, payload: dict[str, Any]) -> Interaction:
        told = await self.deliveries.interact("interactive", payload)
        self.touch()
        return told

    def _active(self, who: WhoIs) -> Person:
        person = self.person(who)
        if person.deleted or person.is_bot:
            raise Impossible(f"{person.handle} cannot sign in")
        return person

    def _member(self, who: WhoIs) -> Person:
        person = self._active(who)
        if not person.belongs_to(self.team_id):
            raise Impossible(f"{person.handle} is of another workspace, where this app is not installed")
        return person

    def _readable(self, who: WhoIs, channel: Where) -> Channel:
        place = self.channel(channel)
        if not self.sees(who, place):
            raise Impossible(f"{self.person(who).handle} does not see #{place.name}")
        return place

    def _looks_at(self, person: Person, message: Message) -> None:
        self._readable(person, message.channel)
        if message.only_for not in {None, person.id} or self.message(message.channel, message.ts) is None:
            raise Impossible(f"{person.handle} does not see this message")

    def _owner(self, who: WhoIs, view: View) -> Person:
        person = self._active(who)
        if view.user != person.id or view.id not in self.views:
            raise Impossible(f"this view is not open in front of {person.handle}")
        return person
