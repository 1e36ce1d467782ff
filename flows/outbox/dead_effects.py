"""Whom an effect that has ended without success is reported to."""

from dataclasses import replace
from datetime import datetime

from flows.effects import AlertChannel, AlertDead, AlertSetAside, EmailLink, NotifyUnsentEmail, OutboxRow
from flows.ports.context import FlowSettings
from flows.ports.store import UnitOfWork

CHANNELS = ("C", "G")
"""Slack: the ids of channels begin with these, those of members with U or W, those of user groups with S."""


async def alert_dead(unit: UnitOfWork, row: OutboxRow, code: str, *, settings: FlowSettings, now: datetime) -> None:
    """Ask for one alert an hour for each cause, however many effects die of it; a dead alert causes none.

    An alert that its channel does not take goes to each admin. An agent is also told of each email of theirs that
    was not sent.
    """
    if isinstance(row.effect, AlertDead | AlertSetAside | AlertChannel) and row.effect.to.startswith(CHANNELS):
        for admin in settings.admins:
            await unit.outbox.add(replace(row.effect, to=admin), key=f"instead:{row.id}:{admin}", due_at=now)
        return
    if isinstance(row.effect, AlertDead):
        return
    if isinstance(row.effect, EmailLink):
        await unit.outbox.add(NotifyUnsentEmail(row.id, row.effect.link_id), key=f"unsent:{row.id}", due_at=now)
    for to in settings.alarms:
        cause = f"dead:{type(row.effect).__name__}:{code}:{now:%Y-%m-%dT%H}:{to}"
        await unit.outbox.add(AlertDead(row.id, to), key=cause, due_at=now)
