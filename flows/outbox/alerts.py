"""Alerts: messages about something that somebody must act on, and a look at what may need one."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from domain.permissions import Role
from flows import effects
from flows.outbox.dispatcher import Attempt, recipient
from flows.ports.context import Context

MOST_LISTED = 1000
GROUPS = "S"  # Slack: the ids of user groups begin with it
Alert = (
    effects.AlertDead
    | effects.AlertSetAside
    | effects.AlertChannel
    | effects.AlertLookups
    | effects.AlertGuessedCodes
    | effects.AlertUnaskedLink
)


@dataclass(frozen=True, slots=True)
class Alerts:
    """Runs the effects whose names begin with `Alert`, `NotifyUnsentEmail` and `AnnounceManagers`."""

    context: Context

    async def alert_dead(self, effect: effects.AlertDead, attempt: Attempt, now: datetime) -> None:
        """Post which effect is dead and why, unless it has been retried."""
        if await self._was_for_a_group(effect, Role.ADMIN, now=now):
            return
        async with self.context.store.read() as unit:
            row = await unit.outbox.row(effect.effect_id)
        if row is not None and row.state == "dead":
            await attempt.alert(
                self.context.wording.dead_effect_text(row.effect, row.fault or "", str(row.id)), to=effect.to
            )

    async def alert_set_aside(self, effect: effects.AlertSetAside, attempt: Attempt, now: datetime) -> None:
        """Post which event is set aside and why, and how many are, unless none is any more."""
        if await self._was_for_a_group(effect, Role.ADMIN, now=now):
            return
        async with self.context.store.read() as unit:
            found = await unit.inbox.listed_aside(limit=MOST_LISTED)
            count = await unit.inbox.count_aside()
        event = next((each for each in found if each.id == effect.event_id), found[0] if found else None)
        if event is not None:
            await attempt.alert(self.context.wording.event_set_aside_text(event, count), to=effect.to)

    async def alert_channel(self, effect: effects.AlertChannel, attempt: Attempt, now: datetime) -> None:
        """Post why nothing can be posted into a channel, unless it can by now."""
        if await self._was_for_a_group(effect, Role.ADMIN, now=now):
            return
        why = (await self.context.chat.channel_faults()).get(effect.channel)
        if why is not None:
            await attempt.alert(self.context.wording.channel_fault_text(effect.channel, why), to=effect.to)

    async def notify_unsent_email(self, effect: effects.NotifyUnsentEmail, attempt: Attempt, now: datetime) -> None:
        """Write to the agent who asked for an email that it wasn't sent, unless it has been by now."""
        async with self.context.store.read() as unit:
            row = await unit.outbox.row(effect.effect_id)
            link = await unit.links.get(effect.link_id)
        if row is not None and row.state == "dead" and link is not None:
            await attempt.alert(
                self.context.wording.unsent_email_text(link.customer_id, row.fault or ""), to=link.made_by
            )

    async def alert_lookups(self, effect: effects.AlertLookups, attempt: Attempt, now: datetime) -> None:
        """Post how many customers an agent looks up, for a manager who may allow more."""
        if await self._was_for_a_group(effect, Role.MANAGER, now=now):
            return
        to = recipient(effect.to)
        tell = partial(self.context.chat.tell_of_lookups, effect.staff_id, reached=effect.reached, to=to)
        await attempt.post_once(tell, near=to)

    async def alert_guessed_codes(self, effect: effects.AlertGuessedCodes, attempt: Attempt, now: datetime) -> None:
        """Post that somebody may be guessing codes."""
        if not await self._was_for_a_group(effect, Role.MANAGER, now=now):
            await attempt.alert(self.context.wording.guessed_codes_text(), to=effect.to)

    async def alert_unasked_link(self, effect: effects.AlertUnaskedLink, attempt: Attempt, now: datetime) -> None:
        """Post that the reader of a customer's mailbox hadn't asked for a link, and whose and by whom it is."""
        if await self._was_for_a_group(effect, Role.MANAGER, now=now):
            return
        async with self.context.store.read() as unit:
            link = await unit.links.get(effect.link_id)
        if link is not None:
            await attempt.alert(self.context.wording.unasked_link_text(link), to=effect.to)

    async def announce_managers(self, effect: effects.AnnounceManagers, attempt: Attempt, now: datetime) -> None:
        """Post who became a manager and who is no longer one."""
        await attempt.alert(self.context.wording.managers_changed_text(effect.became, effect.ceased), to=effect.to)

    async def _was_for_a_group(self, effect: Alert, role: Role, *, now: datetime) -> bool:
        """Ask for an alert to a user group once for each member instead, in an hour, who isn't named themselves."""
        if not effect.to.startswith(GROUPS):
            return False
        named = self.context.settings.admins if role is Role.ADMIN else self.context.settings.tell
        members = await self.context.directory.members(role) - set(named)
        async with self.context.store.begin() as unit:
            for each in sorted(members):
                theirs = replace(effect, to=each)
                await unit.outbox.add(theirs, key=f"{now:%Y-%m-%dT%H}:{theirs}", due_at=now)
            await unit.commit()
        return True


@dataclass(frozen=True, slots=True)
class ChannelWatch:
    """Looks now and then, also while nothing is posted."""

    context: Context

    async def look(self, now: datetime) -> None:
        """Alert once a day about each channel that can't be posted into; raises Unavailable if Slack doesn't say."""
        faulty = await self.context.chat.channel_faults()
        if not faulty:
            return
        async with self.context.store.begin() as unit:
            for channel in faulty:
                for to in self.context.settings.alarms:
                    key = f"channel:{channel}:{now:%Y-%m-%d}:{to}"
                    await unit.outbox.add(effects.AlertChannel(channel, to), key=key, due_at=now)
            await unit.commit()
