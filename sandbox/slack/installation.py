"""The app as this workspace has installed it: its manifest, its tokens and what they may do."""

import secrets
from dataclasses import dataclass, field
from typing import Any

EVERY_SCOPE = (
    "commands",
    "chat:write",
    "users:read",
    "usergroups:read",
    "channels:read",
    "channels:history",
    "groups:read",
    "groups:history",
    "im:read",
    "im:write",
    "im:history",
)
EVERY_EVENT = (
    "app_home_opened",
    "app_uninstalled",
    "tokens_revoked",
    "member_joined_channel",
    "member_left_channel",
    "channel_archive",
    "channel_unarchive",
    "group_archive",
    "group_unarchive",
    "channel_shared",
    "channel_unshared",
    "subteam_updated",
    "subteam_members_changed",
)


def permissive_manifest() -> dict[str, Any]:
    """Return a manifest with every scope and event the workspace knows, and the commands of a win-back bot."""
    return {
        "display_information": {"name": "Winback"},
        "features": {
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": False},
            "bot_user": {"display_name": "Winback", "always_online": True},
            "slash_commands": [
                {
                    "command": "/portal-link",
                    "description": "Get a billing portal link for a customer",
                    "usage_hint": "customer@x.com [card|cancel|plan|pause|details]",
                    "should_escape": True,
                },
                {"command": "/winback", "description": "Win-back offers", "usage_hint": "help", "should_escape": True},
            ],
            "shortcuts": [
                {
                    "name": "Portal link…",
                    "type": "message",
                    "callback_id": "portal_link",
                    "description": "Get a billing portal link for the customer of this message",
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(EVERY_SCOPE)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVERY_EVENT)},
            "interactivity": {"is_enabled": True},
            "socket_mode_enabled": True,
        },
    }


@dataclass(kw_only=True)
class Installation:
    """What the manifest asked for and was granted, and the three secrets the app was given.

    `token_fault` is the error the bot token is refused with; None while it is good.
    """

    app_id: str = "A0WINBACK1"
    bot_token: str = field(default_factory=lambda: f"xoxb-1000000000001-{secrets.token_hex(12)}")
    app_token: str = field(default_factory=lambda: f"xapp-1-A0WINBACK1-{secrets.token_hex(24)}")
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    manifest: dict[str, Any] = field(default_factory=permissive_manifest)
    token_fault: str | None = None

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset(self.manifest.get("oauth_config", {}).get("scopes", {}).get("bot", []))

    @property
    def events(self) -> frozenset[str]:
        subscriptions = self.manifest.get("settings", {}).get("event_subscriptions", {})
        return frozenset(subscriptions.get("bot_events", []))

    @property
    def commands(self) -> dict[str, dict[str, Any]]:
        """The slash commands by their name, the slash included."""
        return {command["command"]: command for command in self._features.get("slash_commands", [])}

    @property
    def shortcuts(self) -> dict[str, dict[str, Any]]:
        """The message and global shortcuts by callback id."""
        return {shortcut["callback_id"]: shortcut for shortcut in self._features.get("shortcuts", [])}

    @property
    def has_home(self) -> bool:
        return bool(self._features.get("app_home", {}).get("home_tab_enabled"))

    @property
    def _features(self) -> dict[str, Any]:
        features: dict[str, Any] = self.manifest.get("features", {})
        return features
