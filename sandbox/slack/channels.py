"""Conversations: public and private channels, shared ones, and direct messages with the app."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What sort of conversation it is; the value is the word Slack's scopes use for it."""

    PUBLIC = "channels"
    PRIVATE = "groups"
    DIRECT = "im"


@dataclass(kw_only=True)
class Channel:
    """A conversation; `members` are person ids, in the order they came."""

    id: str
    name: str
    kind: Kind
    team_id: str
    members: list[str] = field(default_factory=list)
    is_archived: bool = False
    connected_team_ids: list[str] = field(default_factory=list)
    created: int = 0

    @property
    def is_private(self) -> bool:
        return self.kind is not Kind.PUBLIC

    @property
    def is_ext_shared(self) -> bool:
        return bool(self.connected_team_ids)

    @property
    def payload_name(self) -> str:
        """The name slash commands and interactions carry (Slack: "Implementing slash commands")."""
        return {Kind.PUBLIC: self.name, Kind.PRIVATE: "privategroup", Kind.DIRECT: "directmessage"}[self.kind]

    @property
    def event_type(self) -> str:
        """The one-letter `channel_type` of membership events."""
        return "C" if self.kind is Kind.PUBLIC else "G"

    def as_json(self, *, reader: str) -> dict[str, Any]:
        """Return the conversation object of `conversations.info`, as the member `reader` is told of it."""
        if self.kind is Kind.DIRECT:
            other = next((member for member in self.members if member != reader), reader)
            return {
                "id": self.id,
                "created": self.created,
                "is_archived": self.is_archived,
                "is_im": True,
                "is_org_shared": False,
                "context_team_id": self.team_id,
                "user": other,
                "is_open": True,
                "priority": 0,
            }
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": self.kind is Kind.PUBLIC,
            "is_group": self.kind is Kind.PRIVATE,
            "is_im": False,
            "is_mpim": False,
            "is_private": self.is_private,
            "created": self.created,
            "is_archived": self.is_archived,
            "is_general": self.name == "general",
            "unlinked": 0,
            "is_shared": self.is_ext_shared,
            "is_org_shared": False,
            "is_ext_shared": self.is_ext_shared,
            "is_pending_ext_shared": False,
            "pending_shared": [],
            "pending_connected_team_ids": [],
            "shared_team_ids": [self.team_id, *self.connected_team_ids],
            "connected_team_ids": list(self.connected_team_ids),
            "context_team_id": self.team_id,
            "conversation_host_id": self.team_id,
            "creator": "",
            "is_member": reader in self.members,
            "topic": {"value": "", "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
            "previous_names": [],
            "updated": self.created * 1000,
        }
