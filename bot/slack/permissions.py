"""Everything that Slack can start, and the permission it needs; a request without a row is refused."""

from collections.abc import Mapping
from typing import Any

from bot.slack.request import menu_choice
from domain.permissions import Action

WINBACK = "/winback"

PERMISSIONS: Mapping[str, Action | None] = {
    "command /portal-link": Action.PORTAL_LINK,
    "command /winback pending": Action.PENDING,
    "command /winback stats": Action.STATS,
    "command /winback customer": Action.CUSTOMER,
    "command /winback leak": Action.LEAK,
    "command /winback digest": Action.DIGEST,
    "command /winback shipped": Action.SHIPPED,
    "command /winback rules": Action.RULES,
    "command /winback pause": Action.PAUSE,
    "command /winback resume": Action.RESUME,
    "command /winback help": Action.HELP,
    "action welcome_sample": Action.POST_SAMPLE,
    "action launch_pick": Action.SHIPPED,
    "action launch_propose": Action.SHIPPED,
    "action rule_approve": Action.APPROVE_RULE,
    "view approve_rule": Action.APPROVE_RULE,
    "action rule_revoke": Action.APPROVE_RULE,
    "action home_pick": Action.APPROVE,
    "action home_approve": Action.APPROVE,
    "shortcut portal_link": Action.PORTAL_LINK,
    "view portal_link": Action.PORTAL_LINK,
    "action pick_customer": Action.PICK,
    "action pick_subscription": Action.PICK,
    "action confirm_spelling": Action.PICK,
    "action email_link": Action.MAIL_LINK,
    "action show_link": Action.SHOW_LINK,
    "action revoke_link": Action.REVOKE_OWN,  # another person's needs REVOKE_ANY: the flow knows whose it is
    "action add_lookups": Action.ADD_LOOKUPS,
    "action open_in_stripe": Action.OPEN_IN_STRIPE,
    "action card_portal_link": Action.PORTAL_LINK,
    "action batch_open_case": Action.OPEN_CASE,
    "action card_more open_in_stripe": Action.OPEN_IN_STRIPE,
    "action card_more talk": Action.TALK,
    "action card_more hand_back": Action.HAND_BACK,
    "action card_more feature_request": Action.ASKED_FOR,
    "view feature_request": Action.ASKED_FOR,
    "action card_more note_reason": Action.NOTE_REASON,
    "view note_reason": Action.NOTE_REASON,
    "action card_show_person": Action.SHOW_PERSON,
    "action card_more never_contact": Action.NEVER_CONTACT,
    "view never_contact": Action.NEVER_CONTACT,
    "action card_more contact_again": Action.CONTACT_AGAIN,
    "view contact_again": Action.CONTACT_AGAIN,
    "action proposal_approve": Action.APPROVE,
    "action card_propose": Action.PROPOSE,
    "view propose_offer": Action.PROPOSE,
    "action proposal_change": Action.CHANGE,
    "view change_offer": Action.CHANGE,
    # In the form that changes a proposal they need CHANGE: the flow knows which form it is.
    "action offer_kind": Action.PROPOSE,
    "action offer_percent": Action.PROPOSE,
    "action offer_amount": Action.PROPOSE,
    "action offer_invoices": Action.PROPOSE,
    "action offer_months": Action.PROPOSE,
    "action offer_price": Action.PROPOSE,
    "action offer_days": Action.PROPOSE,
    "action offer_asked": Action.PROPOSE,
    "action offer_delivery": Action.PROPOSE,
    "action offer_show_link": Action.SHOW_OFFER_LINK,  # another person's: the flow asks for SHOW_ANY_OFFER_LINK
    "action proposal_decline": Action.DECLINE,
    "view decline_proposal": Action.DECLINE,
    "action proposal_more read_email": Action.READ_EMAIL,
    "action proposal_more snooze": Action.SNOOZE,
    "view snooze_proposal": Action.SNOOZE,
    "action proposal_more never_contact": Action.NEVER_CONTACT,
    "action offer_hold": Action.HOLD,
    "action offer_take_back": Action.TAKE_BACK,
    "view take_back_offer": Action.TAKE_BACK,
    "action pause_sending": Action.PAUSE,
    "action email_arrived": Action.RESOLVE_EMAIL,
    "action email_again": Action.RESOLVE_EMAIL,
    "action follow_up_reached": Action.FOLLOW_UP,
    "action follow_up_no_answer": Action.FOLLOW_UP,
    "action follow_up_came_back": Action.FOLLOW_UP,
    "action follow_up_lost": Action.FOLLOW_UP,
    "event app_home_opened": Action.HOME,
    # Slack itself sends these, and they only clear caches: nobody needs a permission.
    "event channel_shared": None,
    "event channel_unshared": None,
    "event subteam_members_changed": None,
    "event subteam_updated": None,
}


def request_name(body: Mapping[str, Any]) -> str:
    """Return the name of a request's row, including an overflow menu's entry or the word behind `/winback`."""
    if "command" in body:
        word = f" {subcommand_in(body['text'])}" if body["command"] == WINBACK else ""
        return f"command {body['command']}{word}"
    match body.get("type"):
        case "event_callback":
            return f"event {body['event']['type']}"
        case "block_actions":
            action = body["actions"][0]
            name = f"action {action['action_id']}"
            return f"{name} {menu_choice(action)}" if action["type"] == "overflow" else name
        case "view_submission":
            return f"view {body['view']['callback_id']}"
        case "message_action":
            return f"shortcut {body['callback_id']}"
        case other:
            return f"{other}"


def subcommand_in(text: str) -> str:
    """Return the word behind `/winback`, or "help" for none and for an unknown one."""
    word = next(iter(text.split()), "").lower()
    return word if f"command {WINBACK} {word}" in PERMISSIONS else "help"
