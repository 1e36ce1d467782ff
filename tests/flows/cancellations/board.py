"""A channel on which cards are written by the real renderer at once: what people would see in Slack in the end."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Any

from bot.views.cancellations.card import CardStyle, card_message
from bot.views.cancellations.card_texts import WITHDRAWN
from domain.cancellations.stored_case import Place
from domain.ids import ChannelId, EffectId, StaffId
from domain.results.digest import Digest
from domain.results.first_days import EarlierCancellations
from domain.winback.case_card import CardBatch, CaseCard
from domain.winback.proposal import OfferRow, ProposalView, WaitingProposals

CHANNEL = ChannelId("C0BOARD001")
STYLE = CardStyle(detail="full", portal_links=True, winback=True)


class Board:
    """The port `Chat` without Slack: a post is there as soon as it is asked for, and an edit changes it."""

    def __init__(self) -> None:
        self.cards: dict[str, Any] = {}
        self.replies: Counter[str] = Counter()
        self.digests: list[Digest] = []
        self.welcomes: list[EarlierCancellations] = []
        self.samples = 0
        self.marked: dict[EffectId, Place] = {}

    async def post_card(self, card: CaseCard, *, marker: EffectId) -> Place:
        place = Place(channel=CHANNEL, ts=str(len(self.cards)))
        self.cards[place.ts] = card_message(card, style=STYLE)
        return place

    async def edit_card(self, card: CaseCard, *, place: Place, marker: EffectId) -> None:
        self.cards[place.ts] = card_message(card, style=STYLE)

    def batch_digest(self, batch: CardBatch) -> str:
        raise AssertionError("no batch is posted here")

    async def post_batch(self, batch: CardBatch, *, marker: EffectId) -> Place:
        raise AssertionError("no batch is posted here")

    async def edit_batch(self, batch: CardBatch, *, place: Place, marker: EffectId) -> None:
        raise AssertionError("no batch is posted here")

    async def post_digest(self, digest: Digest, *, zone: tzinfo, marker: EffectId) -> Place:
        self.digests.append(digest)
        self.marked[marker] = Place(channel=CHANNEL, ts=f"digest {len(self.digests)}")
        return self.marked[marker]

    async def post_welcome(self, earlier: EarlierCancellations, *, marker: EffectId) -> Place:
        self.welcomes.append(earlier)
        return Place(channel=CHANNEL, ts=f"welcome {len(self.welcomes)}")

    async def post_sample(self, at: datetime, *, marker: EffectId) -> Place:
        self.samples += 1
        return Place(channel=CHANNEL, ts=f"sample {self.samples}")

    async def post_return(self, card: CaseCard, *, under: Place, marker: EffectId) -> Place:
        self.replies[under.ts] += 1
        return Place(channel=CHANNEL, ts=f"{under.ts}.{self.replies[under.ts]}")

    async def ask_follow_up(self, card: CaseCard, *, marker: EffectId) -> Place:
        raise AssertionError("nobody owns a case here")

    async def post_proposal(self, view: ProposalView, *, marker: EffectId) -> Place:
        raise AssertionError("nothing is proposed here")

    async def edit_proposal(self, view: ProposalView, *, place: Place, marker: EffectId) -> None:
        raise AssertionError("nothing is proposed here")

    async def post_accepted(self, card: CaseCard, offer: OfferRow, *, under: Place, marker: EffectId) -> Place:
        raise AssertionError("nothing is offered here")

    async def reply(self, sentence: str, *, under: Place, marker: EffectId) -> Place:
        raise AssertionError("nothing is proposed here")

    async def post_undone(self, card: CaseCard, *, under: Place, marker: EffectId) -> Place:
        raise AssertionError("nothing is undone here")

    async def remind(self, waiting: WaitingProposals, *, to: ChannelId, marker: EffectId) -> Place:
        raise AssertionError("nothing is proposed here")

    async def ask_about_email(self, view: ProposalView, *, to: ChannelId, marker: EffectId) -> Place:
        raise AssertionError("nothing is offered here")

    async def alert(self, sentence: str, *, to: StaffId | ChannelId, marker: EffectId) -> Place:
        raise AssertionError(sentence)

    async def find(
        self, marker: EffectId, *, near: Place | StaffId | ChannelId | None, since: datetime
    ) -> Place | None:
        return self.marked.get(marker)


def readable(cards: Iterable[Any], *, withdrawn: bool = False) -> list[str]:
    """Write cards as lines of JSON, without what differs from run to run: ids of ours, and Slack's of blocks.

    A card that says that nothing was cancelled after all stands for no case and is left out unless asked for.
    """
    told = (_without_ids(card) for card in cards)
    return "\n".join(sorted(card for card in told if withdrawn or WITHDRAWN not in card)).splitlines()


def _without_ids(card: Any) -> str:
    text = json.dumps(_without_block_ids(card), sort_keys=True, ensure_ascii=False, indent=1)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "(case)", text)
    return re.sub(r"Ref [0-9a-f]{8}", "Ref (case)", text)


def _without_block_ids(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _without_block_ids(value) for key, value in part.items() if key != "block_id"}
    return [_without_block_ids(each) for each in part] if isinstance(part, list) else part
