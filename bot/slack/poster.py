"""Post to Slack: cards, proposals, thread replies, questions and alerts, each with a marker to find it by."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from functools import partial
from typing import Any, Literal

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.audience import Audience
from bot.slack.channel_state import channel_faults
from bot.slack.errors import ask
from bot.slack.find_message import block_id_of, find_message, metadata_of
from bot.views import texts
from bot.views.blocks import Message, digest, message
from bot.views.cancellations import card_texts, other_plan
from bot.views.cancellations.batch import batch_message
from bot.views.cancellations.card import CardStyle, card_message
from bot.views.cancellations.follow_up_question import follow_up_question
from bot.views.cancellations.welcome import sample_message, welcome_message
from bot.views.charts import as_tables, has_charts
from bot.views.portal_links.link_status import link_message
from bot.views.portal_links.lookup_notice import many_lookups_message
from bot.views.winback.digest import digest_message
from bot.views.winback.proposal import email_question, proposal_message, reminder_message
from bot.views.winback.proposer_news import proposer_news_message
from domain.cancellations.stored_case import Place
from domain.ids import ChannelId, EffectId, StaffId
from domain.results.digest import Digest
from domain.results.first_days import EarlierCancellations
from domain.winback.case_card import CardBatch, CaseCard
from domain.winback.proposal import OfferRow, ProposalView, WaitingProposals
from domain.winback.status import ProposerNews
from flows.failures import LeftToAnother, Refused, Unavailable, Unclear
from flows.ports import Clock
from flows.ports.store import LinkRow

PACE = timedelta(seconds=1)
"""Slack: "Rate limits": about one message a second and channel."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Poster:
    """The port `Chat`; `approvals` None means that win-back is off.

    A message whose blocks Slack refuses is posted as its text alone. Nothing is posted into a channel that another
    company shares, nor a proposal where everybody can read it: Refused(fault="destination"). While `is_ours` is false,
    another process posts and keeps the pace. `follows_privacy`: cards turn lean once their channel is public.
    """

    client: AsyncWebClient
    cancellations: ChannelId
    approvals: ChannelId | None
    style: CardStyle
    wall: Clock
    is_ours: Callable[[], bool] = lambda: True
    _pace: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    _posted_at: dict[str, float] = field(default_factory=dict)
    follows_privacy: bool = False
    _audience: Audience = field(init=False)

    def __post_init__(self) -> None:
        self._audience = Audience(self.client, self.approvals, self.wall, self._learn)

    async def post_card(self, card: CaseCard, *, marker: EffectId) -> Place:
        return await self._post(self.cancellations, card_message(card, style=self.style), marker)

    async def edit_card(self, card: CaseCard, *, place: Place, marker: EffectId) -> None:
        await self._edit(place, card_message(card, style=self.style), marker)

    def batch_digest(self, batch: CardBatch) -> str:
        return digest(batch_message(batch, style=self.style))

    async def post_batch(self, batch: CardBatch, *, marker: EffectId) -> Place:
        return await self._post(self.cancellations, batch_message(batch, style=self.style), marker)

    async def edit_batch(self, batch: CardBatch, *, place: Place, marker: EffectId) -> None:
        await self._edit(place, batch_message(batch, style=self.style), marker)

    async def post_digest(self, digest: Digest, *, zone: tzinfo, marker: EffectId) -> Place:
        return await self._post(self.cancellations, digest_message(digest, zone=zone, style=self.style), marker)

    async def post_welcome(self, earlier: EarlierCancellations, *, marker: EffectId) -> Place:
        return await self._post(self.cancellations, welcome_message(earlier, style=self.style), marker)

    async def post_sample(self, at: datetime, *, marker: EffectId) -> Place:
        return await self._post(self.cancellations, sample_message(at, style=self.style), marker)

    async def post_return(self, card: CaseCard, *, under: Place, marker: EffectId) -> Place:
        return await self._post(under.channel, message(card_texts.comeback_text(card)), marker, thread_ts=under.ts)

    async def post_proposal(self, view: ProposalView, *, marker: EffectId) -> Place:
        if self.approvals is None:
            raise Refused(texts.NO_APPROVALS, fault="destination", code="no_approvals")
        return await self._post(self.approvals, proposal_message(view), marker)

    async def edit_proposal(self, view: ProposalView, *, place: Place, marker: EffectId) -> None:
        await self._edit(place, proposal_message(view), marker)

    async def post_accepted(self, card: CaseCard, offer: OfferRow, *, under: Place, marker: EffectId) -> Place:
        return await self._post(
            under.channel, message(other_plan.accepted_text(card, offer)), marker, thread_ts=under.ts
        )

    async def post_undone(self, card: CaseCard, *, under: Place, marker: EffectId) -> Place:
        return await self._post(under.channel, message(card_texts.undone_text(card)), marker, thread_ts=under.ts)

    async def reply(self, sentence: str, *, under: Place, marker: EffectId) -> Place:
        return await self._post(under.channel, message(sentence), marker, thread_ts=under.ts)

    async def remind(self, waiting: WaitingProposals, *, to: ChannelId, marker: EffectId) -> Place:
        return await self._post(to, reminder_message(waiting), marker)

    async def ask_about_email(self, view: ProposalView, *, to: ChannelId, marker: EffectId) -> Place:
        return await self._post(to, email_question(view), marker)

    async def ask_follow_up(self, card: CaseCard, *, marker: EffectId) -> Place:
        if card.case.owner is None:
            raise Refused("the case has no owner any more", fault="destination", code="no_owner")
        return await self._post(await self._channel(card.case.owner), follow_up_question(card), marker)

    async def alert(self, sentence: str, *, to: StaffId | ChannelId, marker: EffectId) -> Place:
        channel = await self._channel(to)
        return await self._post(channel, message(sentence), marker)

    async def post_link(self, link: LinkRow, *, now: datetime, marker: EffectId) -> Place:
        return await self._post(await self._channel(link.made_by), link_message(link, now=now), marker)

    async def edit_link(self, link: LinkRow, *, now: datetime, place: Place, marker: EffectId) -> None:
        await self._edit(place, link_message(link, now=now), marker)

    async def channel_faults(self) -> dict[ChannelId, str]:
        found = dict[ChannelId, str]()
        for channel in filter(None, (self.cancellations, self.approvals)):
            try:
                told = await ask(self.client.conversations_info(channel=channel))
            except Refused as refused:
                if refused.fault != "destination":
                    raise
                found[channel] = f"{refused.why}."
            except Unclear as unclear:
                raise Unavailable(unclear.why) from unclear  # a read has no effect
            else:
                faults = channel_faults(told.get("channel", {}), must_be_private=channel == self.approvals)
                if faults:
                    found[channel] = " ".join(f"{fault.sentence} {fault.fix}" for fault in faults)
        return found

    async def tell_of_lookups(
        self, staff_id: StaffId, *, reached: Literal["hour", "day"], to: StaffId | ChannelId, marker: EffectId
    ) -> Place:
        return await self._post(await self._channel(to), many_lookups_message(staff_id, reached=reached), marker)

    async def tell_proposer(self, news: ProposerNews, *, to: StaffId, marker: EffectId) -> Place:
        return await self._post(await self._channel(to), proposer_news_message(news), marker)

    async def find(
        self, marker: EffectId, *, near: Place | StaffId | ChannelId | None, since: datetime
    ) -> Place | None:
        try:
            channel = near.channel if isinstance(near, Place) else await self._channel(near or self.cancellations)
            thread = near.ts if isinstance(near, Place) else None
            return await find_message(self.client, marker, channel=channel, thread=thread, since=since)
        except Refused as refused:
            if refused.fault == "credential":
                raise
            if refused.code == "thread_not_found":
                return None
            raise Unavailable(f"the history cannot be read: {refused.why}") from refused
        except Unclear as unclear:
            raise Unavailable(f"the history cannot be read: {unclear.why}") from unclear

    def forget_sharing(self) -> None:
        """Clear the cache of who reads which channel, because Slack reported a change."""
        self._audience.forget()

    async def _channel(self, to: StaffId | ChannelId) -> ChannelId:
        """Return a channel, or the direct messages with a person; people's ids begin with U or W."""
        if not to.startswith(("U", "W")):
            return ChannelId(to)
        try:
            opened = await ask(self.client.conversations_open(users=to))
        except Unclear as unclear:
            raise Unavailable(unclear.why) from unclear  # opening twice is opening once
        return ChannelId(opened["channel"]["id"])

    async def _post(self, channel: ChannelId, content: Message, marker: EffectId, **where: str) -> Place:
        await self._audience.check(channel)
        async with self._pace[channel]:
            await self._wait_for_turn(channel)
            if not self.is_ours():
                raise LeftToAnother("another process posts to Slack now")
            posted = await self._send(
                partial(self.client.chat_postMessage, unfurl_links=False, unfurl_media=False),
                content,
                marker,
                channel=channel,
                **where,
            )
        try:
            return Place(channel=channel, ts=posted["ts"])
        except KeyError:
            raise Unclear("Slack accepted the message but didn't return its time stamp") from None

    async def _edit(self, place: Place, content: Message, marker: EffectId) -> None:
        await self._audience.check(place.channel)
        await self._send(self.client.chat_update, content, marker, channel=place.channel, ts=place.ts)

    async def _send(
        self, call: Callable[..., Awaitable[AsyncSlackResponse]], content: Message, marker: EffectId, **where: str
    ) -> dict[str, Any]:
        """Send a message; if its blocks are refused, with tables for its charts, or else its text alone."""
        settled = {**where, "metadata": metadata_of(marker)}
        tried = [content["blocks"], *([as_tables(content["blocks"])] if has_charts(content["blocks"]) else [])]
        for blocks in tried:
            marked = [*blocks[:-1], blocks[-1] | {"block_id": block_id_of(marker)}]
            try:
                return await ask(call(text=content["text"], blocks=marked, **settled))
            except Refused as refused:
                if refused.fault != "message":
                    raise
                log.warning("blocks_refused", effect=str(marker), code=refused.code)
        return await ask(call(text=content["text"], **settled))

    async def _wait_for_turn(self, channel: str) -> None:
        loop = asyncio.get_running_loop()
        wait = self._posted_at.get(channel, float("-inf")) + PACE.total_seconds() - loop.time()
        await asyncio.sleep(max(wait, 0))
        self._posted_at[channel] = loop.time()

    def _learn(self, channel: ChannelId, private: bool) -> None:  # noqa: FBT001  # as `Audience` calls it
        """Write cards without names once their channel is public; what was written with them is written again."""
        if channel == self.cancellations and self.follows_privacy and not private and self.style.detail == "full":
            self.style = replace(self.style, detail="lean")
            raise Unavailable("the channel is public now, so the message is written without names")
