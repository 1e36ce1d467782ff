import pytest

from domain.permissions import Action, Role, allowed, who_may

SUPPORT, MANAGER, ADMIN = frozenset({Role.SUPPORT}), frozenset({Role.MANAGER}), frozenset({Role.ADMIN})
VIEWER = frozenset({Role.VIEWER})
BOTH, EVERYONE, READERS = SUPPORT | MANAGER, SUPPORT | MANAGER | ADMIN | VIEWER, MANAGER | VIEWER

TABLE = {
    "portal_link": BOTH,
    "pick": BOTH,
    "mail_link": BOTH,
    "show_link": BOTH,
    "revoke_own": BOTH,
    "open_in_stripe": BOTH,
    "open_case": BOTH,
    "talk": BOTH,
    "follow_up": BOTH,
    "hand_back": BOTH,
    "asked_for": BOTH,
    "never_contact": BOTH,
    "customer": BOTH,
    "add_lookups": MANAGER,
    "propose": BOTH,
    "approve": MANAGER,
    "change": MANAGER,
    "decline": MANAGER,
    "snooze": MANAGER,
    "resolve_email": MANAGER,
    "hold": MANAGER,
    "take_back": MANAGER,
    "note_reason": SUPPORT | MANAGER,
    "show_person": SUPPORT | MANAGER,
    "show_offer_link": SUPPORT | MANAGER,
    "show_any_offer_link": MANAGER,
    "approve_rule": MANAGER,
    "rules": MANAGER,
    "pending": MANAGER,
    "read_email": MANAGER,
    "stats": READERS,
    "leak": READERS,
    "digest": READERS,
    "post_sample": ADMIN,
    "shipped": MANAGER,
    "contact_again": MANAGER,
    "pause": MANAGER | ADMIN,
    "resume": ADMIN,
    "revoke_any": MANAGER,
    "mail_to_changed_address": MANAGER,
    "retry_effects": ADMIN,
    "effects": ADMIN,
    "audit": ADMIN,
    "help": EVERYONE,
    "home": EVERYONE,
}


def test_every_action_has_its_row() -> None:
    assert set(TABLE) == {action.value for action in Action}


@pytest.mark.parametrize("action", list(Action))
def test_each_action_is_its_roles_and_no_other_ones(action: Action) -> None:
    assert who_may(action) == TABLE[action]
    for role in Role:
        assert allowed(action, {role}) == (role in TABLE[action])


def test_roles_add_up_and_do_not_include_one_another() -> None:
    assert not allowed(Action.PORTAL_LINK, ADMIN)
    assert not allowed(Action.AUDIT, BOTH)
    assert allowed(Action.AUDIT, EVERYONE)


def test_without_a_role_there_is_help_and_home() -> None:
    assert [action for action in Action if allowed(action, frozenset())] == [Action.HELP, Action.HOME]
