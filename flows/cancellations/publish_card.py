"""The messages of a case in Slack: its card, the replies under it, and the question to its owner."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from domain.cancellations.stored_case import Case, Place
from domain.ids import CaseId
from domain.winback.case_card import CaseCard
from domain.winback.rule_matching import wish_for
from flows.cancellations.case_cards import complete_cards, read_cards
from flows.effects import AskFollowUp, CloseReasonWindow, PostReturn, ShowCard
from flows.failures import Refused, Unavailable
from flows.outbox.dispatcher import Attempt
from flows.outbox.message_updates import CardUpdates, card_key, show_batches
from flows.ports.context import Context
from flows.ports.store import CaseOutline, UnitOfWork


@dataclass(frozen=True, slots=True)
class CardPublisher:
    """Runs `ShowCard`, `PostReturn`, `AskFollowUp` and `CloseReasonWindow`."""

    context: Context
    cards: CardUpdates

    async def show_card(self, effect: ShowCard, attempt: Attempt, now: datetime) -> None:
        """Post the card, or edit the posted one; one that was deleted is posted again. A batch's row follows it."""
        outlines = await self._outlines(effect.case_id)
        card = await self._complete(outlines, now=now)
        if card is None or card.case.silent:
            return
        posted = attempt.row.place is not None or attempt.row.attempt_started_at is not None
        if not posted and card.case.episode.state == "withdrawn":
            return
        batched = None
        if outlines[0].batched:
            async with self.context.store.look() as unit:
                batched = await unit.card_batches.row(effect.case_id)
        if batched is None or batched.own_card is not None:
            edit = partial(self.context.chat.edit_card, card)
            if not await attempt.edit(edit):
                await attempt.post(
                    partial(self.context.chat.post_card, card), edit=edit, near=None, last=batched is None
                )
        if batched is not None:
            async with self.context.store.begin() as unit:
                if batched.own_card is not None:
                    await unit.card_batches.card_posted(effect.case_id)
                await show_batches(unit, [batched.batch_id], now=now)
                await unit.commit()

    async def post_return(self, effect: PostReturn, attempt: Attempt, now: datetime) -> None:
        """Reply under the card, once; if they accepted an offer, the reply to that says enough."""
        card = await self.card(effect.case_id, now=now)
        if card is None or card.case.silent or card.comeback is None:
            return
        if card.winback is not None and card.winback.state in {"accepting", "accepted", "undoing"}:
            return
        await self.reply(card, attempt, partial(self.context.chat.post_return, card), now=now)

    async def reply(
        self, card: CaseCard, attempt: Attempt, post: Callable[..., Awaitable[Place]], *, now: datetime
    ) -> None:
        """Post a reply under a card, once; if the card was deleted, the reply waits for the new one."""
        async with self.context.store.read() as unit:
            shown = await unit.outbox.by_key(card_key(card.case.id))
        if shown is None:
            return  # only the digest shows such a case
        if shown.place is None:
            raise Unavailable("the card is not posted yet")
        try:
            await attempt.post_once(partial(post, under=shown.place), near=shown.place)
        except Refused as refused:
            if refused.code != "thread_not_found":
                raise
            async with self.context.store.begin() as unit:  # its edit finds the card gone, and it is posted again
                await self.cards.schedule(unit, card.case, now=now)
                await unit.commit()
            raise Unavailable("the card was deleted; the reply waits for the new one") from refused

    async def ask_follow_up(self, effect: AskFollowUp, attempt: Attempt, now: datetime) -> None:
        """Ask the owner for the result, unless the case has no owner any more or they have answered."""
        card = await self.card(effect.case_id, now=now)
        owner = card.case.owner if card else None
        if card is None or owner is None or card.case.follow_up is not None:
            return
        if card.case.episode.state == "withdrawn":
            return
        if card.case.owned_at is None or card.case.owned_at.isoformat() != effect.owned_at:
            return
        await attempt.post_once(partial(self.context.chat.ask_follow_up, card), near=owner)

    async def close_reason_window(self, effect: CloseReasonWindow, attempt: Attempt, now: datetime) -> None:
        """Have the card show that no reason was given."""
        async with self.context.store.begin() as unit:
            case = await unit.cases.get(effect.case_id)
            if case is not None:
                await self.cards.schedule(unit, case, now=now)
            await unit.commit()

    async def card(self, case_id: CaseId, *, now: datetime) -> CaseCard | None:
        """Return all that a case's card shows now."""
        return await self._complete(await self._outlines(case_id), now=now)

    async def _outlines(self, case_id: CaseId) -> Sequence[CaseOutline]:
        async with self.context.store.look() as unit:
            return await unit.cases.outlines([case_id])

    async def _complete(self, outlines: Sequence[CaseOutline], *, now: datetime) -> CaseCard | None:
        """Return the card of an outline, if there is one: from its one statement, or from all that is read anew."""
        async with self.context.store.read() as unit:
            for each in outlines:
                if each.is_whole:
                    return (await complete_cards(unit, outlines, now=now)).get(each.case.id)
                card = (await read_cards(unit, [each.case.id], now=now)).get(each.case.id)
                if card is not None:
                    before = await _offers_before(unit, card.case) if card.number > 1 else 0
                    return replace(card, offers_before=before, shipped=await _shipped(unit, card.case))
        return None


async def _offers_before(unit: UnitOfWork, case: Case) -> int:
    """Count the offers that were sent to a person in other cases."""
    offers = await unit.offers.of_person(case.person_id)
    return sum(each.sent_at is not None and each.case_id != case.id for each in offers)


async def _shipped(unit: UnitOfWork, case: Case) -> str | None:
    """Return the newest shipped feature that a case asks for while its customer is gone or going, or None."""
    if case.episode.state not in {"pending", "ended"}:
        return None
    features = await unit.shipped_features.all()
    return next((each.name for each in features if wish_for(each, case) is not None), None)
