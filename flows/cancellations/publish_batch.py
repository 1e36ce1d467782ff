"""The messages of batches: their rows as the cases are now, and the cards that some of them get besides."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from domain.ids import BatchId
from domain.winback.case_card import BatchEntry, CardBatch
from flows.cancellations.case_cards import read_cards
from flows.effects import ShowBatch
from flows.outbox.dispatcher import Attempt
from flows.outbox.message_updates import CardUpdates
from flows.ports.context import Context


@dataclass(frozen=True, slots=True)
class BatchPublisher:
    """Runs `ShowBatch`."""

    context: Context
    cards: CardUpdates

    async def show_batch(self, effect: ShowBatch, attempt: Attempt, now: datetime) -> None:
        """Post the batch, or edit its message if it shows something else; one that was deleted is posted again."""
        batch = await self._read(effect.batch_id, now=now)
        if not batch:
            return
        batch = await self._give_cards(batch, now=now)
        chat, digest = self.context.chat, self.context.chat.batch_digest(batch)
        edit = partial(chat.edit_batch, batch)
        if attempt.row.place is not None:
            async with self.context.store.read() as unit:
                if digest == await unit.card_batches.shown(effect.batch_id):
                    return
            # An edit that was cut off may have been shown: what the message shows isn't known until it is over.
            await self._record_shown(effect.batch_id, None)
        if not await attempt.edit(edit):
            await attempt.post(partial(chat.post_batch, batch), edit=edit, near=None)
        await self._record_shown(effect.batch_id, digest)

    async def _read(self, batch_id: BatchId, *, now: datetime) -> CardBatch:
        async with self.context.store.read() as unit:
            rows = await unit.card_batches.rows(batch_id)
            cards = await read_cards(unit, [row.case_id for row in rows], now=now)
        return [
            BatchEntry(card=cards[row.case_id], own_card=row.own_card is not None)
            for row in rows
            if row.case_id in cards
        ]

    async def _give_cards(self, batch: CardBatch, *, now: datetime) -> CardBatch:
        """Have the cases that need it get their own cards, and return the batch as it is then."""
        needing = {entry.card.case.id: entry.card.case for entry in batch if entry.needs_card and not entry.own_card}
        if not needing:
            return batch
        async with self.context.store.begin() as unit:
            for row in await unit.card_batches.want_cards(list(needing), "due"):
                await self.cards.schedule(unit, needing[row.case_id], now=now)
            await unit.commit()
        return [replace(entry, own_card=entry.own_card or entry.card.case.id in needing) for entry in batch]

    async def _record_shown(self, batch_id: BatchId, digest: str | None) -> None:
        async with self.context.store.begin() as unit:
            await unit.card_batches.record_shown(batch_id, digest)
            await unit.commit()
