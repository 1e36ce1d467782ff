"""Who clicked or typed, read from what Slack sent."""

from typing import Any

from domain.ids import StaffId
from flows.ports import Staff


def requester(body: dict[str, Any]) -> Staff:
    """Return the person behind a command, an interaction or an event; raises KeyError for a body of none of these.

    The team of an interaction is the person's own (Slack: "Interaction payloads"), which in a shared channel may be
    another company's.
    """
    if "user" in body:
        return Staff(id=StaffId(body["user"]["id"]), team_id=body["user"]["team_id"])
    if "event" in body:
        return Staff(id=StaffId(body["event"]["user"]), team_id=body["team_id"])
    return Staff(id=StaffId(body["user_id"]), team_id=body["team_id"])
