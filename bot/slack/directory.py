"""Who has which role: the people and user groups of the settings, checked with Slack."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.errors import ask
from domain.ids import StaffId
from domain.permissions import Role
from flows.failures import Refused, Unavailable, Unclear
from flows.ports import Clock, NotStaff, Staff
from wording.sanitize import one_line

CACHED_FOR = timedelta(seconds=60)
_GROUP_PREFIX = "S"  # Slack: ids of user groups begin with it, ids of people with U or W

CacheKey = TypeVar("CacheKey")
CacheValue = TypeVar("CacheValue")

log = structlog.get_logger(__name__)


class SlackDirectory:
    """The port `Directory`: denies by default, and whatever Slack doesn't confirm.

    `team_id` None: which workspace is ours is not known yet, and everybody is in doubt.
    `members` holds people (`U…`, `W…`) and user groups (`S…`) by role. Slack's answers are cached for 60 s of wall
    time; failures aren't.
    """

    def __init__(
        self, client: AsyncWebClient, *, team_id: str | None, members: Mapping[Role, frozenset[str]], wall: Clock
    ) -> None:
        self._client = client
        self.team_id = team_id
        self._listed: Mapping[Role, frozenset[str]] = {}
        self.assign(members)
        self._person: _Cache[StaffId, _Person] = _Cache(self._ask_person, wall)
        self._group: _Cache[str, frozenset[StaffId]] = _Cache(self._ask_group, wall)

    def assign(self, members: Mapping[Role, frozenset[str]]) -> bool:
        """Give the roles to these people and groups alone; False: they had them already."""
        if members == self._listed:
            return False
        self._listed = members
        self._people = {role: frozenset(map(StaffId, _people(listed))) for role, listed in members.items()}
        self._groups = {role: frozenset(listed) - frozenset(_people(listed)) for role, listed in members.items()}
        return True

    async def roles(self, staff: Staff) -> frozenset[Role] | NotStaff:
        person = await self._person.get(staff.id)
        if person.denial_reason is not None:
            return NotStaff(why=person.denial_reason)
        # An interaction's team is the person's home, which on Enterprise Grid may be another workspace than ours.
        if staff.team_id not in {None, self.team_id, *person.teams}:
            return NotStaff(why="outsider")
        roles = {role for role, people in self._people.items() if staff.id in people}
        doubt: Unavailable | Unclear | None = None
        for role in self._groups.keys() - roles:
            try:
                roles |= {role} if staff.id in await self._in_groups(role) else set()
            except (Unavailable, Unclear) as failure:
                doubt = failure
        if doubt and not roles:
            raise Unavailable("Slack does not say who is in the user groups") from doubt
        return frozenset(roles)

    async def members(self, role: Role) -> frozenset[StaffId]:
        listed = sorted(self._people.get(role, frozenset()) | await self._in_groups(role))
        people = await asyncio.gather(*(self._person.get(each) for each in listed))
        return frozenset(each for each, person in zip(listed, people, strict=True) if person.denial_reason is None)

    async def name(self, staff_id: StaffId) -> str:
        return (await self._person.get(staff_id)).name or "a colleague"

    async def standing(self, staff_id: StaffId) -> tuple[str, str | None]:
        """Return a person's name and why they are denied: None for a full and active member."""
        person = await self._person.get(staff_id)
        return person.name, person.denial_reason

    def join(self, team_id: str) -> None:
        """Take a workspace for ours, now that Slack has said which it is."""
        self.team_id = team_id
        self.forget()

    def forget(self) -> None:
        """Clear the cache, because Slack reported a change."""
        self._person.forget()
        self._group.forget()

    async def _in_groups(self, role: Role) -> frozenset[StaffId]:
        groups = [await self._group.get(group) for group in sorted(self._groups.get(role, frozenset()))]
        return frozenset[StaffId]().union(*groups)

    async def _ask_group(self, group: str) -> frozenset[StaffId]:
        """Return a group's members; a group that is disabled, unknown or not in Slack's plan has none."""
        try:
            answer = await ask(self._client.usergroups_users_list(usergroup=group))
        except Refused as refused:
            _raise_if_credential(refused)
            log.warning("group_refused", group=group, code=refused.code)
            return frozenset()
        return frozenset(map(StaffId, answer.get("users", [])))

    async def _ask_person(self, who: StaffId) -> "_Person":
        team_id = self.team_id
        if team_id is None:
            raise Unavailable("Slack has not said yet which workspace this is")
        try:
            user = (await ask(self._client.users_info(user=who))).get("user", {})
        except Refused as refused:
            _raise_if_credential(refused)
            log.warning("person_refused", staff=who, code=refused.code)
            return _Person(denial_reason="unknown", name="", teams=frozenset())
        profile = user.get("profile", {})
        name = profile.get("real_name") or user.get("real_name") or profile.get("display_name") or ""
        why = denial_reason(user, team_id=team_id)
        return _Person(denial_reason=why, name=one_line(name), teams=_teams(user))


def _raise_if_credential(refused: Refused) -> None:
    """Raise Unavailable if Slack refused our token: that says nothing about the person."""
    if refused.fault == "credential":
        raise Unavailable(f"Slack does not say who is who: {refused.why}") from refused


@dataclass(frozen=True, slots=True)
class _Person:
    """A person: why they are denied, None for a full and active member, their name and their workspaces."""

    denial_reason: str | None
    name: str
    teams: frozenset[str]


def denial_reason(user: Mapping[str, Any], *, team_id: str) -> str | None:
    """Return why a user is denied, or None (Slack: "User type")."""
    if not user.get("id"):
        return "unknown"
    if user.get("deleted", True):
        return "deactivated"
    if user.get("is_bot", True) or user.get("is_workflow_bot") or user["id"] == "USLACKBOT":
        return "bot"
    if team_id not in _teams(user) or user.get("is_stranger"):
        return "outsider"
    if user.get("is_restricted", True) or user.get("is_ultra_restricted") or user.get("is_invited_user"):
        return "guest"
    return None


def _teams(user: Mapping[str, Any]) -> frozenset[str]:
    """Return a user's workspaces: their home, and on Enterprise Grid all that they belong to."""
    teams = (user.get("enterprise_user") or {}).get("teams") or ()
    return frozenset(filter(None, (user.get("team_id"), *teams)))


def _people(listed: frozenset[str]) -> frozenset[str]:
    return frozenset(each for each in listed if not each.startswith(_GROUP_PREFIX))


class _Cache(Generic[CacheKey, CacheValue]):
    """Answers cached for a minute."""

    def __init__(self, load: Callable[[CacheKey], Awaitable[CacheValue]], wall: Clock) -> None:
        self._load = load
        self._wall = wall
        self._answers: dict[CacheKey, tuple[CacheValue, datetime]] = {}

    async def get(self, key: CacheKey) -> CacheValue:
        answers, now = self._answers, self._wall()
        if key not in answers or now - answers[key][1] >= CACHED_FOR:
            answers[key] = await self._load(key), now
        return answers[key][0]

    def forget(self) -> None:
        self._answers = {}  # a pending call writes into the old one: its answer may be outdated
