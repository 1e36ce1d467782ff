"""People and user groups of the workspace, and how Slack's JSON tells of them."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(kw_only=True)
class Person:
    """A member, guest, bot or stranger; `handle` is the one word tests and the page call them by.

    On Enterprise Grid `team_id` is a person's home, `enterprise_id` their organisation's, and `teams` are all the
    workspaces that they belong to, their home among them (Slack: "User type", `enterprise_user`).
    """

    id: str
    handle: str
    name: str
    team_id: str
    deleted: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    is_admin: bool = False
    email: str = ""
    updated: int = 0
    enterprise_id: str | None = None
    teams: list[str] = field(default_factory=list)

    def belongs_to(self, team_id: str) -> bool:
        """Return whether a workspace is theirs: their home, or one of their organisation's that they belong to."""
        return team_id in {self.team_id, *self.teams}

    @property
    def reference(self) -> dict[str, Any]:
        """The short form that interaction payloads carry."""
        return {"id": self.id, "username": self.handle, "name": self.handle, "team_id": self.team_id}

    def as_json(self, *, with_email: bool) -> dict[str, Any]:
        """Return the user object of `users.info`; a deleted user lacks the membership flags, as on Slack."""
        told: dict[str, Any] = {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.handle,
            "deleted": self.deleted,
            "profile": {
                "title": "",
                "phone": "",
                "real_name": self.name,
                "real_name_normalized": self.name,
                "display_name": self.handle,
                "display_name_normalized": self.handle,
                "status_text": "",
                "status_emoji": "",
                "avatar_hash": "g" + self.id[-9:].lower(),
                "team": self.team_id,
            },
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": self.updated,
        }
        if with_email and self.email:
            told["profile"]["email"] = self.email
        if self.is_stranger:
            told["is_stranger"] = True
        if self.enterprise_id:
            told["enterprise_user"] = {
                "id": self.id,
                "enterprise_id": self.enterprise_id,
                "enterprise_name": "Northwind Group",
                "is_admin": False,
                "is_owner": False,
                "is_primary_owner": False,
                "teams": list(self.teams),
            }
        if self.deleted:
            return told
        return told | {
            "color": "9f69e7",
            "real_name": self.name,
            "tz": "Europe/Berlin",
            "tz_label": "Central European Time",
            "tz_offset": 3600,
            "is_admin": self.is_admin,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": self.is_restricted or self.is_ultra_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
            "is_email_confirmed": not self.is_bot,
            "who_can_share_contact_card": "EVERYONE",
        }


@dataclass(kw_only=True)
class UserGroup:
    """A user group (`S…`); `disabled_at` in Unix seconds, 0 while it is in use."""

    id: str
    handle: str
    name: str
    team_id: str
    members: list[str] = field(default_factory=list)
    disabled_at: int = 0
    is_external: bool = False
    created: int = 0
    updated: int = 0

    def as_json(self, *, with_users: bool, with_count: bool) -> dict[str, Any]:
        """Return the group object of `usergroups.list`."""
        told: dict[str, Any] = {
            "id": self.id,
            "team_id": self.team_id,
            "is_usergroup": True,
            "is_subteam": True,
            "name": self.name,
            "description": "",
            "handle": self.handle,
            "is_external": self.is_external,
            "date_create": self.created,
            "date_update": self.updated,
            "date_delete": self.disabled_at,
            "auto_type": None,
            "auto_provision": False,
            "enterprise_subteam_id": "",
            "created_by": "",
            "updated_by": "",
            "deleted_by": None,
            "prefs": {"channels": [], "groups": []},
        }
        if with_users:
            told["users"] = list(self.members)
        if with_count:
            told["user_count"] = len(self.members)
        return told
