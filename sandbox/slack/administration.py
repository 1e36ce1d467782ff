"""What happens to the workspace itself: who is in which channel, who may work here, and the app's standing."""

import time
from collections.abc import Iterable
from typing import Any

from sandbox.slack import payloads
from sandbox.slack.channels import Channel, Kind
from sandbox.slack.deliveries import Deliveries
from sandbox.slack.interactions import Interaction
from sandbox.slack.people import Person
from sandbox.slack.state import State


class Administration(State):
    """State that the workspace's owners change; the app is told by the events it has subscribed to.

    Each change returns the first try at its event, or None where the app has not subscribed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.deliveries = Deliveries(self.installation.signing_secret, self.touch)

    @property
    def request_url(self) -> str | None:
        """Where the app takes signed HTTP; None: it is reached by Socket Mode."""
        return self.deliveries.request_url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self.deliveries.request_url = url

    def install(self, manifest: dict[str, Any]) -> None:
        """Put this manifest's commands, shortcuts, scopes and events in force."""
        self.installation.manifest = manifest
        self.installation.token_fault = None
        self.touch()

    def break_token(self, error: str = "token_revoked") -> None:
        """Refuse the bot token with this error (`token_revoked`, `account_inactive`, `invalid_auth` …)."""
        self.installation.token_fault = error
        self.touch()

    def mend_token(self) -> None:
        """Accept the bot token again."""
        self.installation.token_fault = None
        self.touch()

    async def uninstall(self) -> Interaction | None:
        """Remove the app: its token dies, and it is told `tokens_revoked` and `app_uninstalled`."""
        self.break_token("account_inactive")
        await self.emit({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self.bot.id]}})
        return await self.emit({"type": "app_uninstalled"})

    async def invite(self, who: str | Person, channel: str | Channel) -> Interaction | None:
        person, place = self.person(who), self.channel(channel)
        if person.id in place.members:
            return None
        place.members.append(person.id)
        self.touch()
        return await self._tell_membership("member_joined_channel", person, place)

    async def kick(self, who: str | Person, channel: str | Channel) -> Interaction | None:
        person, place = self.person(who), self.channel(channel)
        if person.id not in place.members:
            return None
        place.members.remove(person.id)
        self.touch()
        return await self._tell_membership("member_left_channel", person, place)

    async def archive(self, channel: str | Channel) -> Interaction | None:
        return await self._set_archived(self.channel(channel), archived=True)

    async def unarchive(self, channel: str | Channel) -> Interaction | None:
        return await self._set_archived(self.channel(channel), archived=False)

    async def share_channel(self, channel: str | Channel, team_id: str) -> Interaction | None:
        """Share a channel with another company's workspace (Slack Connect)."""
        place = self.channel(channel)
        place.connected_team_ids.append(team_id)
        self.touch()
        return await self.emit(
            {"type": "channel_shared", "connected_team_id": team_id, "channel": place.id}, channel=place
        )

    async def unshare_channel(self, channel: str | Channel, team_id: str) -> Interaction | None:
        place = self.channel(channel)
        place.connected_team_ids.remove(team_id)
        self.touch()
        content = {
            "type": "channel_unshared",
            "previously_connected_team_id": team_id,
            "channel": place.id,
            "is_ext_shared": place.is_ext_shared,
        }
        return await self.emit(content, channel=place)

    async def set_group(self, group_id: str, members: Iterable[str | Person]) -> Interaction | None:
        """Replace a user group's members."""
        group = self.groups[group_id]
        before, group.members = group.members, [self.person(member).id for member in members]
        added = [member for member in group.members if member not in before]
        removed = [member for member in before if member not in group.members]
        previous, group.updated = group.updated, int(time.time())
        self.touch()
        return await self.emit(
            {
                "type": "subteam_members_changed",
                "subteam_id": group.id,
                "team_id": group.team_id,
                "date_previous_update": previous,
                "date_update": group.updated,
                "added_users": added,
                "added_users_count": len(added),
                "removed_users": removed,
                "removed_users_count": len(removed),
            }
        )

    async def disable_group(self, group_id: str) -> Interaction | None:
        """Disable a user group: it keeps its members, and a `date_delete` tells that it counts no more."""
        group = self.groups[group_id]
        group.disabled_at = group.updated = int(time.time())
        self.touch()
        return await self.emit({"type": "subteam_updated", "subteam": group.as_json(with_users=True, with_count=True)})

    def deactivate(self, who: str | Person) -> None:
        """Deactivate an account; its person can do nothing any more."""
        self.person(who).deleted = True
        self.touch()

    async def emit(self, content: dict[str, Any], *, channel: Channel | None = None) -> Interaction | None:
        """Send the app an event if it has subscribed to its type (or to `message.channels` and the like)."""
        name = content["type"]
        if name == "message" and channel is not None:
            name = f"message.{channel.kind}"
        if name not in self.installation.events:
            return None
        shared = channel is not None and channel.is_ext_shared
        return await self.deliveries.event(payloads.event(self, content, shared=shared))

    async def stop(self) -> None:
        """End all connections and retries."""
        await self.deliveries.close()

    async def _tell_membership(self, kind: str, person: Person, channel: Channel) -> Interaction | None:
        """Send the app who joined or left, where it is a member or was one until now."""
        if self.bot.id not in {person.id, *channel.members}:
            return None
        content = {
            "type": kind,
            "user": person.id,
            "channel": channel.id,
            "channel_type": channel.event_type,
            "team": self.team_id,
        }
        return await self.emit(content, channel=channel)

    async def _set_archived(self, channel: Channel, *, archived: bool) -> Interaction | None:
        channel.is_archived = archived
        self.touch()
        noun = "channel" if channel.kind is Kind.PUBLIC else "group"
        verb = "archive" if archived else "unarchive"
        return await self.emit({"type": f"{noun}_{verb}", "channel": channel.id, "user": "USLACKBOT"}, channel=channel)
