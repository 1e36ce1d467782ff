"""Telling the people in charge what they must act on."""

from collections.abc import Callable, Sequence
from datetime import datetime

from domain.ids import ChannelId, StaffId
from flows.effects import AlertDead, AlertLookups, AnnounceManagers, Effect, NotifyUnsentEmail
from flows.outbox.dispatcher import Attempt
from flows.ports import Chat
from flows.ports.store import Store


class Alerts:
    """The works behind `AlertDead`, `NotifyUnsentEmail`, `AlertLookups` and `AnnounceManagers`."""

    def __init__(
        self,
        *,
        store: Store,
        chat: Chat,
        say_dead: Callable[[Effect, str, str], str],
        say_unsent: Callable[[str, str], str],
        say_lookups: Callable[[str], str],
        say_managers: Callable[[Sequence[str], Sequence[str]], str],
    ) -> None:
        """`say_dead` words an effect, its fault and its id; `say_unsent` a customer's id and the fault of their letter.

        `say_lookups` words an agent's id, `say_managers` who became and who ceased to be a manager.
        """
        self._store = store
        self._chat = chat
        self._say_dead = say_dead
        self._say_unsent = say_unsent
        self._say_lookups = say_lookups
        self._say_managers = say_managers

    async def alert_dead(self, effect: AlertDead, attempt: Attempt, now: datetime) -> None:
        """Say which effect died of what, unless it lives again."""
        async with self._store.read() as unit:
            row = await unit.outbox.row(effect.effect_id)
        if row is not None and row.state == "dead":
            await self._tell(self._say_dead(row.effect, row.fault or "", str(row.id)), effect.to, attempt)

    async def tell_unsent(self, effect: NotifyUnsentEmail, attempt: Attempt, now: datetime) -> None:
        """Say to its asker that a letter was not sent, unless it was by now."""
        async with self._store.read() as unit:
            row = await unit.outbox.row(effect.effect_id)
            link = await unit.links.get(effect.link_id)
        if row is not None and row.state == "dead" and link is not None:
            await self._tell(self._say_unsent(link.customer_id, row.fault or ""), link.made_by, attempt)

    async def alert_lookups(self, effect: AlertLookups, attempt: Attempt, now: datetime) -> None:
        """Say that an agent looks up unusually many customers."""
        await self._tell(self._say_lookups(effect.staff_id), effect.to, attempt)

    async def announce_managers(self, effect: AnnounceManagers, attempt: Attempt, now: datetime) -> None:
        """Say who became and who ceased to be a manager."""
        await self._tell(self._say_managers(effect.became, effect.ceased), effect.to, attempt)

    async def _tell(self, sentence: str, to: str, attempt: Attempt) -> None:
        addressee = StaffId(to) if to.startswith(("U", "W")) else ChannelId(to)
        marker = attempt.row.id
        await attempt.post_once(
            lambda: self._chat.alert(sentence, to=addressee, marker=marker),
            find=lambda since: self._chat.find(marker, near=addressee, since=since),
        )
