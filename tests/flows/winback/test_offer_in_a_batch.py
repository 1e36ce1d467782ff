"""An offer to somebody whose case stands only in a batch: it gets its card, and the row follows all that happens."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any, get_args
from uuid import uuid4

import pytest

from bot.assembly.flows import Flows
from bot.views.cancellations.card import CardStyle
from bot.views.cancellations.head_line import head_line
from domain.cancellations.stored_case import Case, Place
from domain.ids import BatchId, ChannelId, EffectId
from domain.winback.case_card import CardBatch, CaseCard
from domain.winback.proposal import OfferRow
from flows.effects import Lane, PostQueue, PostUndone, ShowBatch
from flows.outbox.first_posts import FirstPosts
from flows.outbox.message_updates import BATCH_EDITED_EVERY, batch_key, card_key
from flows.winback.offers.answers import Accepted, OfferPage, Undone
from tests.flows.winback.offers.flows import KINDS, LEASE
from tests.flows.winback.offers.people import Wall
from tests.flows.winback.offers.winback import Winback

CHANNEL = ChannelId("C0CANCEL01")
STYLE = CardStyle(detail="full", portal_links=True, winback=True)
HAS_CARD = " · has its own card"
CARDS: frozenset[PostQueue] = frozenset({"cards"})


class Board(Wall):
    """The cancellations channel: the first line of each card, and the rows of the batch."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[str] = []
        self.cards: dict[str, str] = {}
        self.replies: list[str] = []
        self.batches = 0
        self._numbers: Iterator[int] = count()

    async def post_card(self, card: CaseCard, *, marker: EffectId) -> Place:
        place = Place(channel=CHANNEL, ts=str(next(self._numbers)))
        self.cards[place.ts] = line(card)
        return place

    async def edit_card(self, card: CaseCard, *, place: Place, marker: EffectId) -> None:
        self.cards[place.ts] = line(card)

    def batch_digest(self, batch: CardBatch) -> str:
        return repr(rows(batch))

    async def post_batch(self, batch: CardBatch, *, marker: EffectId) -> Place:
        self.batches += 1
        self.rows = rows(batch)
        return Place(channel=CHANNEL, ts="batch")

    async def edit_batch(self, batch: CardBatch, *, place: Place, marker: EffectId) -> None:
        self.rows = rows(batch)

    async def post_accepted(self, card: CaseCard, offer: OfferRow, *, under: Place, marker: EffectId) -> Place:
        self.replies.append(f"accepted under {under.ts}")
        return Place(channel=CHANNEL, ts="reply")

    async def post_undone(self, card: CaseCard, *, under: Place, marker: EffectId) -> Place:
        self.replies.append(f"undone under {under.ts}")
        return Place(channel=CHANNEL, ts="reply")


def line(card: CaseCard) -> str:
    return "".join(str(run.get("text") or run.get("fallback", "")) for run in head_line(card, named=True))


def rows(batch: CardBatch) -> list[str]:
    return [line(entry.card) + HAS_CARD * entry.own_card for entry in batch]


class Office:
    """A bot that posts first what goes first, on the sandbox's clock."""

    def __init__(self, winback: Winback) -> None:
        self.winback, self.board = winback, Board()
        chat: Any = self.board  # as far as offers need it
        winback.flows = Flows(replace(winback.flows.context, chat=chat), winback.policies)
        assert winback.flows.offers is not None
        winback.offers = winback.flows.offers
        winback.perform({*KINDS, ShowBatch, PostUndone})
        self.first_posts = FirstPosts(winback.flows.context)

    async def put_into_a_batch(self, *cases: Case) -> None:
        batch_id = BatchId(uuid4())
        async with self.winback.store.begin() as unit:
            cards = [(card_key(case.id), case.id) for case in cases]
            assert await unit.card_batches.form(batch_id, cards, at=self.winback.now()) == len(cases)
            await unit.outbox.request(ShowBatch(batch_id), key=batch_key(batch_id), due_at=self.winback.now())
            await unit.commit()

    async def work(self) -> None:
        """Do all that is due until nothing is any more, and let the edits of batches become due."""
        owner, winback = uuid4(), self.winback
        for _ in range(4):
            done = 1
            while done:
                now = winback.now()
                row, _ = await self.first_posts.claim(owner=owner, now=now, wall=now, lease=LEASE)
                claimed = [] if row is None else [row]
                async with winback.store.begin() as unit:
                    for lane in get_args(Lane):
                        claimed += await unit.outbox.claim(
                            lane, owner=owner, now=now, wall=now, lease=LEASE, limit=8, probing=False, busy=CARDS
                        )
                    await unit.commit()
                for each in claimed:
                    await winback.dispatcher.dispatch(each, owner=owner, now=now)
                done = len(claimed)
            winback.sandbox.clock.advance(BATCH_EDITED_EVERY)


@pytest.fixture
def office(winback: Winback) -> Office:
    return Office(winback)


async def test_offer_is_followed_in_the_row_and_on_a_card(office: Office) -> None:
    winback, board = office.winback, office.board
    (_, case), (_, other) = await winback.leaving(), await winback.leaving()
    await office.put_into_a_batch(case, other)
    await office.work()
    plain = board.rows
    assert [HAS_CARD in row for row in plain] == [False, False]
    assert not board.cards

    offer = await winback.approved(case)
    await office.work()
    assert (await winback.offer(offer)).state == "sent"
    [card] = board.cards
    assert board.rows == [board.cards[card] + HAS_CARD, plain[1]]

    page = await winback.offers.acceptance.look(winback.token(offer), now=winback.now())
    assert isinstance(page, OfferPage)
    answer = await winback.offers.acceptance.accept(winback.token(offer), agreed=page.agreed, now=winback.now())
    assert isinstance(answer, Accepted)
    await office.work()
    assert board.replies == [f"accepted under {card}"]
    assert board.rows == [board.cards[card] + HAS_CARD, plain[1]]

    assert await winback.offers.undoing.undo(winback.token(offer, "undo"), now=winback.now()) == Undone()
    await office.work()
    assert board.replies[1:] == [f"undone under {card}"]
    assert board.rows == [board.cards[card] + HAS_CARD, plain[1]]
    assert list(board.cards) == [card]
    assert board.batches == 1
