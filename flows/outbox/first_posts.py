"""What is posted next into the cancellations channel: cards one by one, or many in a batch if they come too fast.

An example: Slack takes one message a second, and 60 customers cancel at once.

1. The first card is posted. Meanwhile 59 more wait, more than BACKLOG: the oldest 50 become the rows of a batch.
2. Nine are left. Right behind a batch, more than LEFT_OVER become a batch, too. Fewer would be cards again.
3. A row changes: its card would show it, so the batch is edited in its place, once for all changes of 5 s.
4. Somebody opens a case of the batch: its card is posted next.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from domain.ids import BatchId, EffectId
from flows.effects import OutboxRow, ShowBatch, ShowCard
from flows.outbox.message_updates import batch_key, show_batches
from flows.ports.context import Context
from flows.ports.store import FirstPost, PostsWaiting, UnitOfWork

BACKLOG = 20
"""Above so many new posts, batches are posted."""
LEFT_OVER = 5
"""Above so many they still are, right behind a batch: their cards would hold up the channel for seconds."""
BEHIND = timedelta(seconds=10)
MOST_ROWS = 50
LOOK_AT = 2 * MOST_ROWS
"""Requests of one moment may have become due in another order: a batch takes the oldest of so many."""
COLLECT_EVERY = timedelta(seconds=1)
MOST_COLLECTED = 500
LOOK_EVERY = timedelta(milliseconds=100)
"""After a look that found nothing to post: in a burst, the worker is woken dozens of times a second."""
PATIENCE = 3
"""So many failed attempts of a post hold up those behind it, which keeps them in order; then they overtake it."""


@dataclass(slots=True)
class FirstPosts:
    """Claims first posts one at a time, in the order in which they became due."""

    context: Context
    _collected_at: datetime | None = field(default=None)
    _idle_since: datetime | None = field(default=None)

    async def claim(
        self, *, owner: UUID, now: datetime, wall: datetime, lease: timedelta, posting: bool = False
    ) -> tuple[OutboxRow | None, timedelta]:
        """Lease the next one, or return how long it is until one is due.

        One at a time: while one is being posted, by us (`posting`) or by whatever process, nothing is leased.
        """
        if self._collected_at is None or not timedelta() <= wall - self._collected_at < COLLECT_EVERY:
            self._collected_at = wall
            await self._collect(now=now, wall=wall)
        if posting:
            return None, COLLECT_EVERY
        if self._idle_since is not None and timedelta() <= wall - self._idle_since < LOOK_EVERY:
            return None, self._idle_since + LOOK_EVERY - wall
        async with self.context.store.look() as unit:
            look = await unit.card_batches.waiting(now=now, wall=wall)
        post = None if look.is_posting else await self._next(look, now=now, wall=wall)
        self._idle_since = wall if post is None else None
        if post is None:
            return None, COLLECT_EVERY if look.next_due_at is None else look.next_due_at - now
        async with self.context.store.write() as unit:
            row = await unit.outbox.claim_one(post, owner=owner, wall=wall, lease=lease)
            await unit.commit()
        return row, timedelta()

    async def _next(self, look: PostsWaiting, *, now: datetime, wall: datetime) -> EffectId | None:
        """Find what goes next: what may have been posted, what somebody asked for, then what is new."""
        first = look.unsettled or look.asked or (None if look.is_new else look.due)
        if first is not None or not look.is_new:
            return first
        async with self.context.store.look() as unit:
            batches = unit.card_batches
            waiting = await batches.new(now=now, wall=wall, limit=LOOK_AT)
            if any(each.held_back and each.attempts <= PATIENCE for each in waiting):
                return None
            free = [each for each in waiting if not each.held_back]
            cards = _cards(free)
            if not free or free[0] not in cards or len(cards) == 1:
                return free[0].id if free else None
            ordered = await _ordered(unit, cards)
            most = LEFT_OVER if await batches.formed_since(wall - BEHIND) else BACKLOG
        if len(ordered) <= most:
            return ordered[0].id if len(ordered) == len(cards) else free[0].id
        async with self.context.store.begin() as unit:
            formed = await self._form(unit, ordered[:MOST_ROWS], now=now, wall=wall)
            await unit.commit()
        return formed

    async def _collect(self, *, now: datetime, wall: datetime) -> None:
        """Hand changes of rows on to their batches, and put what waits into full ones."""
        async with self.context.store.look() as unit:
            changed = await unit.card_batches.changed(now=now, limit=MOST_COLLECTED)
            waiting = await unit.card_batches.new(now=now, wall=wall, limit=MOST_COLLECTED)
        if changed:
            async with self.context.store.begin() as unit:
                await unit.card_batches.settle([key for key, _ in changed])
                await show_batches(unit, dict.fromkeys(batch_id for _, batch_id in changed), now=now)
                await unit.commit()
        cards = _cards(each for each in waiting if not each.held_back)
        if len(cards) >= MOST_ROWS:
            async with self.context.store.begin() as unit:
                ordered = await _ordered(unit, cards)
                for at in range(0, len(ordered) - MOST_ROWS + 1, MOST_ROWS):
                    await self._form(unit, ordered[at : at + MOST_ROWS], now=now, wall=wall)
                await unit.commit()

    async def _form(
        self, unit: UnitOfWork, cards: Sequence[FirstPost], *, now: datetime, wall: datetime
    ) -> EffectId | None:
        """Put cards into a batch, which goes before those that wait; None: none of them waits any more."""
        batch_id = BatchId(self.context.new_id())
        rows = [(each.key, each.effect.case_id) for each in cards if each.key and isinstance(each.effect, ShowCard)]
        if not rows or not await unit.card_batches.form(batch_id, rows, at=wall):
            return None
        return await unit.outbox.request(ShowBatch(batch_id), key=batch_key(batch_id), due_at=now)


def _cards(waiting: Iterable[FirstPost]) -> list[FirstPost]:
    return [each for each in waiting if isinstance(each.effect, ShowCard)]


async def _ordered(unit: UnitOfWork, cards: Sequence[FirstPost]) -> list[FirstPost]:
    """Return cards in the order of the requests, without those that show nothing."""
    by_case = {each.effect.case_id: each for each in cards if isinstance(each.effect, ShowCard)}
    found = await unit.cases.many(by_case)
    return [by_case[case.id] for case in found if not case.silent and case.episode.state != "withdrawn"]
