"""The dispatcher: it runs effects of the outbox and notes the result of each attempt.

A call can end without an answer, so that nobody knows whether it had an effect. An example, posting a card:

1. The attempt begins: `attempt_started_at` is committed, then Slack is called. No answer comes: Unclear.
2. The row waits SETTLE_TIME, with `attempt_started_at` kept. The next attempt sees it, and searches before it posts.
3. The message is found by its marker: its place is noted, and nothing is posted twice.
4. It is not found: the card is posted. The history can't be read: Unavailable, and the row waits again.
5. Had Slack refused instead, `no_effect` would have cleared the note, and nothing would need a search.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal, TypeVar
from uuid import UUID

from domain.cancellations.stored_case import Place
from domain.ids import ChannelId, StaffId
from flows.effects import Effect, OutboxRow, UnreadableEffect
from flows.failures import LeftToAnother, Refused, Unavailable, Unclear
from flows.outbox.dead_effects import alert_dead
from flows.ports.context import Context
from flows.ports.store import UnitOfWork

MAX_DELAY = timedelta(minutes=5)
SETTLE_TIME = timedelta(seconds=5)
"""How long after an unclear result a search may not yet find what was done."""
MOST_CRASHES = 8
PROGRAM_FAULT = "a fault in the program; see the log"
LOOK_BACK = timedelta(minutes=2)
"""A message's time may be a little before our note of the attempt."""
Near = Place | StaffId | ChannelId | None


def recipient(to: str) -> StaffId | ChannelId:
    """Return an id as a member's or a channel's, by its first letter."""
    return StaffId(to) if to.startswith(("U", "W")) else ChannelId(to)


def retry_delay(attempts: int) -> timedelta:
    """Return the wait after so many failed attempts: 2, 4, 8 … seconds, five minutes at most."""
    return min(timedelta(seconds=2 ** min(attempts, 10)), MAX_DELAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptResult:
    """The result of an attempt, with its fault if there was one."""

    what: Literal["done", "later", "dead"]
    fault: str | None


class LeaseLost(Exception):
    """Another worker has the row now: nothing was done, and nothing may be noted."""


@dataclass(slots=True)
class Attempt:
    """One worker's attempt at a row that it has claimed."""

    context: Context
    row: OutboxRow
    owner: UUID
    began: bool = False
    finished: bool = False

    async def finish(self, unit: UnitOfWork) -> None:
        """Have the effect done once a transaction commits, its last; raises LeaseLost if the row is no longer ours."""
        if not await unit.outbox.done(self.row.id, owner=self.owner, shown=self.row.wanted):
            raise LeaseLost
        self.finished = True

    async def begin(self) -> None:
        """Commit that a call begins which may have an effect; raises LeaseLost if the row is no longer ours."""
        async with self.context.store.write() as unit:
            if not await unit.outbox.begin_attempt(self.row.id, owner=self.owner, wall=self.context.wall()):
                raise LeaseLost
            await unit.commit()
        self.began = True

    async def placed(self, place: Place | None) -> None:
        """Commit where the message is now (None: deleted), which settles the attempt."""
        async with self.context.store.write() as unit:
            if not await unit.outbox.placed(self.row.id, owner=self.owner, place=place):
                raise LeaseLost
            await unit.commit()
        self.row = replace(self.row, place=place, attempt_started_at=None)
        self.began = False

    async def _done_at(self, place: Place) -> None:
        async with self.context.store.write() as unit:
            if not await unit.outbox.done(self.row.id, owner=self.owner, shown=self.row.wanted, place=place):
                raise LeaseLost
            await unit.commit()
        self.finished = True

    async def edit(self, edit: Callable[..., Awaitable[None]]) -> bool:
        """Edit the message that was posted; False: there is none, or it was deleted, and may be posted again.

        `edit` is called with the `place` and the `marker` of the message.
        """
        if self.row.place is None:
            return False
        try:
            await edit(place=self.row.place, marker=self.row.id)
        except Refused as refused:
            if refused.code != "message_gone":
                raise
            await self.placed(None)
            return False
        return True

    async def post(
        self,
        post: Callable[..., Awaitable[Place]],
        *,
        edit: Callable[..., Awaitable[None]],
        near: Near,
        last: bool = False,
    ) -> None:
        """Post a message unless an earlier attempt did, and then edit that one; see `edit` and `post_once`.

        If a new post is the `last` of the effect, its place is stored as the effect is done.
        """
        place, posted = await self.post_once(post, near=near, last=last)
        if not posted:
            await edit(place=place, marker=self.row.id)

    async def post_once(
        self, post: Callable[..., Awaitable[Place]], *, near: Near, last: bool = False
    ) -> tuple[Place, bool]:
        """Post a message unless an earlier attempt did; return its place and whether it was posted now.

        `post` is called with the `marker`. After an unclear attempt the history is searched first, once the other side
        had time to show the message: in the cancellations channel (`near` None), or where `Chat.find` looks.
        """
        if self.row.place is not None:
            return self.row.place, False
        started_at = self.row.attempt_started_at
        if started_at is not None:
            rest = started_at + SETTLE_TIME - self.context.wall()
            if rest > timedelta():
                raise Unavailable("an earlier attempt has yet to settle", retry_after=rest)
            found = await self.context.chat.find(self.row.id, near=near, since=started_at - LOOK_BACK)
            if found is not None:
                await self.placed(found)
                return found, False
        await self.begin()
        place = await post(marker=self.row.id)
        try:
            await (self._done_at(place) if last else self.placed(place))
        except Unavailable as fault:
            raise Unclear(f"it was posted, but its place couldn't be stored: {fault.why}") from fault
        return place, True

    async def alert(self, sentence: str, *, to: str) -> None:
        """Post something that somebody must act on, once; `to` is a channel or a member."""
        await self.post_once(partial(self.context.chat.alert, sentence, to=recipient(to)), near=recipient(to))


EffectType = TypeVar("EffectType", bound=Effect)
RunEffect = Callable[[EffectType, Attempt, datetime], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Runs claimed rows, each by the function for its kind of effect."""

    context: Context
    registry: Mapping[type[Effect], RunEffect[Any]]

    async def dispatch(self, row: OutboxRow, *, owner: UUID, now: datetime) -> AttemptResult:
        """Run one row and note the result."""
        attempt = Attempt(self.context, row, owner)
        try:
            await self._work(attempt, now)
        except LeaseLost:
            return AttemptResult(what="later", fault="the lease was lost")
        except Refused as refused:
            await self._refused(attempt, refused, owner=owner, now=now)
            return AttemptResult(what="later" if refused.fault == "credential" else "dead", fault=refused.why)
        except Unavailable as unavailable:
            wait = max(retry_delay(row.attempts), unavailable.retry_after or timedelta())
            if isinstance(unavailable, LeftToAnother):
                wait = timedelta()
            await self._later(attempt, wait, unavailable.why, owner=owner, no_effect=attempt.began)
            return AttemptResult(what="later", fault=unavailable.why)
        except Unclear as unclear:
            await self._later(
                attempt, max(SETTLE_TIME, retry_delay(row.attempts)), unclear.why, owner=owner, no_effect=False
            )
            return AttemptResult(what="later", fault=unclear.why)
        if not attempt.finished:
            async with self.context.store.write() as unit:
                await unit.outbox.done(row.id, owner=owner, shown=row.wanted)
                await unit.commit()
        return AttemptResult(what="done", fault=None)

    async def _work(self, attempt: Attempt, now: datetime) -> None:
        """Run a row's effect. It waits if the settings have switched it off since it was added."""
        if isinstance(attempt.row.effect, UnreadableEffect):
            raise Refused(
                f"this version cannot read this effect ({attempt.row.effect.kind})", fault="request", code="unreadable"
            )
        work = self.registry.get(type(attempt.row.effect))
        if work is None:
            raise Unavailable("the settings do not allow it any more", retry_after=MAX_DELAY)
        await work(attempt.row.effect, attempt, now)

    async def settle_crash(self, row: OutboxRow, *, owner: UUID, now: datetime) -> AttemptResult:
        """Record that our own code crashed: the next attempt looks up whether the call took effect.

        From the eighth attempt on, the second crash in a row ends the effect, with one alert.
        """
        gives_up = row.attempts >= MOST_CRASHES and row.fault == PROGRAM_FAULT
        async with self.context.store.begin() as unit:
            if not gives_up:
                retry_at = self.context.wall() + retry_delay(row.attempts)
                await unit.outbox.later(row.id, owner=owner, retry_at=retry_at, fault=PROGRAM_FAULT)
            elif await unit.outbox.settle(row.id, owner=owner, state="dead", fault=PROGRAM_FAULT):
                await alert_dead(unit, row, "crashed", settings=self.context.settings, now=now)
            await unit.commit()
        return AttemptResult(what="dead" if gives_up else "later", fault=PROGRAM_FAULT)

    async def _later(self, attempt: Attempt, wait: timedelta, why: str, *, owner: UUID, no_effect: bool) -> None:
        async with self.context.store.begin() as unit:
            if no_effect:
                await unit.outbox.no_effect(attempt.row.id, owner=owner)
            await unit.outbox.later(attempt.row.id, owner=owner, retry_at=self.context.wall() + wait, fault=why)
            await unit.commit()

    async def _refused(self, attempt: Attempt, refused: Refused, *, owner: UUID, now: datetime) -> None:
        """Pause the lane on a bad credential; on any other refusal end this effect, with one alert."""
        row, lane = attempt.row, attempt.row.effect.lane
        async with self.context.store.begin() as unit:
            if attempt.began:
                await unit.outbox.no_effect(row.id, owner=owner)
            if refused.fault == "credential":
                await unit.outbox.later(
                    row.id, owner=owner, retry_at=self.context.wall() + SETTLE_TIME, fault=refused.why
                )
                await unit.outbox.pause(lane, at=now, why=refused.why)
            elif await unit.outbox.settle(row.id, owner=owner, state="dead", fault=refused.why):
                await alert_dead(unit, row, refused.code, settings=self.context.settings, now=now)
            await unit.commit()
