"""The company the sandbox is set in: its people, groups and channels, with ids that never change."""

import time

from sandbox.slack.channels import Channel, Kind
from sandbox.slack.people import Person, UserGroup
from sandbox.slack.workspace import Workspace

TEAM = Workspace.team_id
OTHER_TEAM = "T0OUTSIDE1"
BOT = "U0WINBACKB"
CANCELLATIONS = "C0CANCEL01"
APPROVALS = "C0APPROVAL"
SUPPORT_GROUP = "S0SUPPORT1"
DISABLED_GROUP = "S0FORMER01"


def seed_slack(workspace: Workspace) -> None:
    """Fill a new workspace with people of every kind, a group, and channels that hold them."""
    now = int(time.time())
    for person in _people(now):
        workspace.people[person.id] = person
    for group in _groups(now):
        workspace.groups[group.id] = group
    staff = [person.id for person in workspace.people.values() if _is_staff(person)]
    for channel in _channels(now, staff):
        workspace.channels[channel.id] = channel


def _people(now: int) -> list[Person]:
    def person(id_: str, handle: str, name: str, **traits: bool | str) -> Person:
        settled = {"team_id": TEAM, "email": f"{handle}@northwind-mail.com", **traits}
        return Person(id=id_, handle=handle, name=name, updated=now, **settled)  # type: ignore[arg-type] # traits are Person's own fields

    return [
        person("U0AGENT001", "agent", "Ada Agent"),
        person("U0AGENT002", "agent2", "Ben Agent"),
        person("U0MANAGER1", "manager", "Mara Manager"),
        person("U0MANAGER2", "manager2", "Nils Manager"),
        person("U0ADMIN001", "admin", "Olga Admin", is_admin=True),
        person("U0VIEWER01", "viewer", "Vera Viewer"),
        person("U0NOBODY01", "nobody", "Pia Nobody"),
        person("U0GUEST001", "guest", "Gus Guest", is_restricted=True),
        person("U0GUEST002", "guest2", "Gil Singlechannel", is_restricted=True, is_ultra_restricted=True),
        person(
            "U0OUTSIDE1", "outsider", "Otto Outsider", team_id=OTHER_TEAM, is_stranger=True, email="otto@acme-mail.com"
        ),
        person("U0GONE0001", "deactivated", "Dora Gone", deleted=True),
        person("U0OTHERBOT", "otherbot", "Other Bot", is_bot=True, email=""),
    ]


def _is_staff(person: Person) -> bool:
    return person.team_id == TEAM and not (person.is_restricted or person.deleted or person.is_bot)


def _groups(now: int) -> list[UserGroup]:
    return [
        UserGroup(
            id=SUPPORT_GROUP,
            handle="support",
            name="Support",
            team_id=TEAM,
            members=["U0AGENT001", "U0AGENT002"],
            created=now,
            updated=now,
        ),
        UserGroup(
            id=DISABLED_GROUP,
            handle="former-support",
            name="Former support",
            team_id=TEAM,
            members=["U0NOBODY01"],
            disabled_at=now,
            created=now,
            updated=now,
        ),
    ]


def _channels(now: int, staff: list[str]) -> list[Channel]:
    def channel(id_: str, name: str, members: list[str], kind: Kind = Kind.PUBLIC) -> Channel:
        return Channel(id=id_, name=name, kind=kind, team_id=TEAM, members=members, created=now)

    shared = channel("C0SHARED01", "shared-acme", [*staff, BOT, "U0OUTSIDE1"])
    shared.connected_team_ids = [OTHER_TEAM]
    return [
        channel("C0GENERAL1", "general", [*staff, "U0GUEST001"]),
        channel(CANCELLATIONS, "cancellations", [*staff, BOT, "U0GUEST001"]),
        channel(APPROVALS, "winback-approvals", ["U0MANAGER1", "U0MANAGER2", "U0ADMIN001", BOT], Kind.PRIVATE),
        channel("C0SUPPORT1", "support", [*staff, "U0GUEST001", "U0GUEST002"]),
        shared,
    ]
