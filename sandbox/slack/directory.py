"""The Web API on who is who: `users.info`, `usergroups.*`, `team.info`, and the app's own `auth.test`."""

from typing import Any

from sandbox.slack.call import Call, Method
from sandbox.slack.limits import TIER_2, TIER_3, TIER_4
from sandbox.slack.refusal import Refusal


def auth_test(call: Call) -> dict[str, Any]:
    """Return whose token it is; its scopes come in the x-oauth-scopes header."""
    state = call.workspace
    return {
        "url": f"https://{state.team_domain}.slack.com/",
        "team": state.team_name,
        "user": state.bot.handle,
        "team_id": state.team_id,
        "user_id": state.bot.id,
        "bot_id": state.bot_id,
        "is_enterprise_install": False,
    }


def user_info(call: Call) -> dict[str, Any]:
    person = call.workspace.people.get(call.text("user", missing="user_not_found"))
    if person is None:
        raise Refusal("user_not_found")
    with_email = "users:read.email" in call.workspace.installation.scopes
    return {"user": person.as_json(with_email=with_email)}


def group_members(call: Call) -> dict[str, Any]:
    """Return a user group's members; disabled groups only with `include_disabled`."""
    state = call.workspace
    _require_groups(call)
    group = state.groups.get(call.text("usergroup"))
    if group is None or (group.disabled_at and not call.flag("include_disabled")):
        raise Refusal("no_such_subteam")
    return {"users": list(group.members)}


def groups(call: Call) -> dict[str, Any]:
    _require_groups(call)
    told = [
        group.as_json(with_users=call.flag("include_users"), with_count=call.flag("include_count"))
        for group in call.workspace.groups.values()
        if not group.disabled_at or call.flag("include_disabled")
    ]
    return {"usergroups": told}


def team_info(call: Call) -> dict[str, Any]:
    state = call.workspace
    return {"team": {"id": state.team_id, "name": state.team_name, "domain": state.team_domain, "email_domain": ""}}


def _require_groups(call: Call) -> None:
    if not call.workspace.groups_in_plan:
        raise Refusal("plan_upgrade_required")


METHODS = {
    "auth.test": Method(answer=auth_test),
    "users.info": Method(answer=user_info, scope="users:read", tier=TIER_4),
    "usergroups.users.list": Method(answer=group_members, scope="usergroups:read", tier=TIER_2),
    "usergroups.list": Method(answer=groups, scope="usergroups:read", tier=TIER_2),
    "team.info": Method(answer=team_info, scope="team:read", tier=TIER_3),
}
