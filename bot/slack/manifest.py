"""The Slack app's manifest: each company makes its own app from it (Slack: "App manifest reference")."""

from typing import Any

from bot.slack.connections import PATH
from bot.slack.permissions import WINBACK
from bot.views import modals

NAME = "Winback"

SCOPES = {
    "commands": "the commands /portal-link and /winback, and the message shortcut",
    "chat:write": "posts and edits cards of cancellations and proposals in the channels it was invited to",
    "users:read": "refuses guests, bots, deactivated people and people of other companies",
    "usergroups:read": "reads who is in the user groups that the settings give a role",
    "channels:read": "refuses to post customers' data into a public channel that another company shares",
    "groups:read": "the same for private channels",
    "channels:history": "after a lost connection, looks whether its message arrived, so that none is posted twice",
    "groups:history": "the same for private channels",
    "im:write": "asks the owner of a case how it went, and sends alerts to those who run the bot",
    "im:history": "looks whether such a direct message arrived, so that none is sent twice",
}
"""Every scope of the bot's token, with the reason for it."""

EVENTS = {
    "app_home_opened": "shows the home tab",
    "channel_shared": "looks again whether it may post into a channel",
    "channel_unshared": "the same",
    "subteam_members_changed": "asks again who has a role",
    "subteam_updated": "the same, for a group that was disabled",
}
"""Every event that Slack sends, with the reason for it."""


def manifest(*, socket_mode: bool, public_url: str | None) -> dict[str, Any]:
    """Return the manifest; without Socket Mode Slack needs `public_url` (else ValueError)."""
    if not socket_mode and public_url is None:
        raise ValueError("Slack needs a public address to send to where Socket Mode is not used")
    to = {} if socket_mode else {"request_url": f"{public_url}{PATH}"}
    url = {} if socket_mode else {"url": f"{public_url}{PATH}"}
    return {
        "display_information": {
            "name": NAME,
            "description": "Billing portal links, every cancellation as a living card, and offers to win back.",
            "background_color": "#1d3557",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": NAME, "always_online": True},
            "slash_commands": [
                {
                    "command": "/portal-link",
                    "description": "Get a billing portal link for a customer who is verified to be active",
                    "usage_hint": "customer@example.com [card|cancel|plan|pause|details] [#ticket]",
                    "should_escape": True,
                    **url,
                },
                {
                    "command": WINBACK,
                    "description": "See what waits, what came of it, and pause or resume all sending",
                    "usage_hint": "pending|customer <who>|stats|leak|shipped <feature>|rules|pause|resume|help",
                    "should_escape": True,
                    **url,
                },
            ],
            "shortcuts": [
                {
                    "name": "Portal link…",
                    "type": "message",
                    "callback_id": modals.PORTAL_LINK,
                    "description": "Get a billing portal link for the customer in this message",
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS), **to},
            "interactivity": {"is_enabled": True, **to},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": False,
        },
    }
