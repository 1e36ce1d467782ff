"""Who of the staff may do what. Roles do not include one another; a person may have several."""

from collections.abc import Set as AbstractSet
from enum import StrEnum


class Role(StrEnum):
    """A role of a member of staff."""

    SUPPORT = "support"
    MANAGER = "manager"
    ADMIN = "admin"
    VIEWER = "viewer"


class Action(StrEnum):
    """Everything that a person can start, by the name it has in the audit."""

    PORTAL_LINK = "portal_link"
    PICK = "pick"
    MAIL_LINK = "mail_link"
    SHOW_LINK = "show_link"
    REVOKE_OWN = "revoke_own"
    OPEN_IN_STRIPE = "open_in_stripe"
    OPEN_CASE = "open_case"
    TALK = "talk"
    FOLLOW_UP = "follow_up"
    HAND_BACK = "hand_back"
    ASKED_FOR = "asked_for"
    NOTE_REASON = "note_reason"
    SHOW_PERSON = "show_person"
    NEVER_CONTACT = "never_contact"
    CUSTOMER = "customer"
    PROPOSE = "propose"
    APPROVE = "approve"
    CHANGE = "change"
    DECLINE = "decline"
    SNOOZE = "snooze"
    RESOLVE_EMAIL = "resolve_email"
    HOLD = "hold"
    TAKE_BACK = "take_back"
    SHOW_OFFER_LINK = "show_offer_link"
    SHOW_ANY_OFFER_LINK = "show_any_offer_link"
    APPROVE_RULE = "approve_rule"
    RULES = "rules"
    PENDING = "pending"
    READ_EMAIL = "read_email"
    STATS = "stats"
    LEAK = "leak"
    DIGEST = "digest"
    POST_SAMPLE = "post_sample"
    SHIPPED = "shipped"
    CONTACT_AGAIN = "contact_again"
    PAUSE = "pause"
    RESUME = "resume"
    REVOKE_ANY = "revoke_any"
    ADD_LOOKUPS = "add_lookups"
    MAIL_TO_CHANGED_ADDRESS = "mail_to_changed_address"
    RETRY_EFFECTS = "retry_effects"
    EFFECTS = "effects"
    AUDIT = "audit"
    HELP = "help"
    HOME = "home"


_LOOKING_AFTER = frozenset({Role.SUPPORT, Role.MANAGER})
_MANAGING = frozenset({Role.MANAGER})
_RUNNING = frozenset({Role.ADMIN})
_READING_FIGURES = frozenset({Role.MANAGER, Role.VIEWER})

_WHO_MAY = {
    Action.PORTAL_LINK: _LOOKING_AFTER,
    Action.PICK: _LOOKING_AFTER,
    Action.MAIL_LINK: _LOOKING_AFTER,
    Action.SHOW_LINK: _LOOKING_AFTER,
    Action.REVOKE_OWN: _LOOKING_AFTER,
    Action.OPEN_IN_STRIPE: _LOOKING_AFTER,
    Action.OPEN_CASE: _LOOKING_AFTER,
    Action.TALK: _LOOKING_AFTER,
    Action.FOLLOW_UP: _LOOKING_AFTER,
    Action.HAND_BACK: _LOOKING_AFTER,
    Action.ASKED_FOR: _LOOKING_AFTER,
    Action.NOTE_REASON: _LOOKING_AFTER,
    Action.SHOW_PERSON: _LOOKING_AFTER,
    Action.NEVER_CONTACT: _LOOKING_AFTER,
    Action.CUSTOMER: _LOOKING_AFTER,
    Action.PROPOSE: _LOOKING_AFTER,
    Action.APPROVE: _MANAGING,
    Action.CHANGE: _MANAGING,
    Action.DECLINE: _MANAGING,
    Action.SNOOZE: _MANAGING,
    Action.RESOLVE_EMAIL: _MANAGING,
    Action.HOLD: _MANAGING,
    Action.TAKE_BACK: _MANAGING,
    Action.SHOW_OFFER_LINK: _LOOKING_AFTER,
    Action.SHOW_ANY_OFFER_LINK: _MANAGING,
    Action.APPROVE_RULE: _MANAGING,
    Action.RULES: _MANAGING,
    Action.PENDING: _MANAGING,
    Action.READ_EMAIL: _MANAGING,
    Action.STATS: _READING_FIGURES,
    Action.LEAK: _READING_FIGURES,
    Action.DIGEST: _READING_FIGURES,
    Action.POST_SAMPLE: _RUNNING,
    Action.SHIPPED: _MANAGING,
    Action.CONTACT_AGAIN: _MANAGING,
    Action.PAUSE: frozenset({Role.MANAGER, Role.ADMIN}),
    Action.RESUME: _RUNNING,
    Action.REVOKE_ANY: _MANAGING,
    Action.ADD_LOOKUPS: _MANAGING,
    Action.MAIL_TO_CHANGED_ADDRESS: _MANAGING,
    Action.RETRY_EFFECTS: _RUNNING,
    Action.EFFECTS: _RUNNING,
    Action.AUDIT: _RUNNING,
}
_EVERYONE = frozenset({Action.HELP, Action.HOME})


def allowed(action: Action, roles: AbstractSet[Role]) -> bool:
    """Return whether somebody of the workspace with these roles may do this."""
    return action in _EVERYONE or not who_may(action).isdisjoint(roles)


def who_may(action: Action) -> frozenset[Role]:
    """Return the roles that may do this; what everyone may do is any role's."""
    return frozenset(Role) if action in _EVERYONE else _WHO_MAY[action]
