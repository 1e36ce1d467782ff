"""Everything that Slack can start here, and the right it takes; what has no row is refused."""

from collections.abc import Mapping
from typing import Any

from domain.rights import Action

RIGHTS: Mapping[str, Action | None] = {
    "command /portal-link": Action.PORTAL_LINK,
    "shortcut portal_link": Action.PORTAL_LINK,
    "view portal_link": Action.PORTAL_LINK,
    "action pick_customer": Action.PICK,
    "action pick_subscription": Action.PICK,
    "action confirm_spelling": Action.PICK,
    "action mail_link": Action.MAIL_LINK,
    "action show_link": Action.SHOW_LINK,
    "action revoke_link": Action.REVOKE_OWN,  # another's takes REVOKE_ANY: the flow knows whose it is
    "action open_in_stripe": Action.OPEN_IN_STRIPE,
    "action card_portal_link": Action.PORTAL_LINK,
    "action card_more talk": Action.TALK,
    "action card_more hand_back": Action.HAND_BACK,
    "action card_more asked_for": Action.ASKED_FOR,
    "view asked_for": Action.ASKED_FOR,
    "action card_more never_contact": Action.NEVER_CONTACT,
    "view never_contact": Action.NEVER_CONTACT,
    "action follow_up_reached": Action.FOLLOW_UP,
    "action follow_up_no_answer": Action.FOLLOW_UP,
    "action follow_up_came_back": Action.FOLLOW_UP,
    "action follow_up_lost": Action.FOLLOW_UP,
    "event app_home_opened": Action.HOME,
    # Slack itself tells these, and all they do is make us ask afresh: nobody's right is needed.
    "event channel_shared": None,
    "event channel_unshared": None,
    "event subteam_members_changed": None,
    "event subteam_updated": None,
}


def name_of(body: Mapping[str, Any]) -> str:
    """Name what a request wants to start, as the rows are named; an overflow menu's entry is part of the name."""
    if "command" in body:
        return f"command {body['command']}"
    match body.get("type"):
        case "event_callback":
            return f"event {body['event']['type']}"
        case "block_actions":
            action = body["actions"][0]
            name = f"action {action['action_id']}"
            return f"{name} {chosen(action)}" if action["type"] == "overflow" else name
        case "view_submission":
            return f"view {body['view']['callback_id']}"
        case "message_action":
            return f"shortcut {body['callback_id']}"
        case other:
            return f"{other}"


def chosen(action: Mapping[str, Any]) -> str:
    """Return the verb of a chosen overflow entry, whose value is the verb and an id."""
    return str(action["selected_option"]["value"]).partition(" ")[0]
