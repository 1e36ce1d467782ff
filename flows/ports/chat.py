"""Slack: who may do what, and the messages that the bot posts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal, Protocol

from domain.cancellations.stored_case import Place
from domain.ids import ChannelId, EffectId, StaffId
from domain.permissions import Role
from domain.results.digest import Digest
from domain.results.first_days import EarlierCancellations
from domain.winback.case_card import CardBatch, CaseCard
from domain.winback.proposal import OfferRow, ProposalView, WaitingProposals
from domain.winback.status import ProposerNews
from flows.ports.store.links import LinkRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """A person who pressed or typed, by the two ids that Slack guarantees."""

    id: StaffId
    team_id: str | None  # None: nobody pressed just now, and the directory knows the team


@dataclass(frozen=True, slots=True, kw_only=True)
class NotStaff:
    """Why somebody has no role here: `guest`, `outsider`, `bot`, `deactivated`, `unknown`."""

    why: str


class Directory(Protocol):
    """Who may do what: deny by default, groups cached for 60 s at most."""

    async def roles(self, staff: Staff) -> frozenset[Role] | NotStaff:
        """Return the roles of a member, perhaps none. Any doubt is NotStaff, or raises Unavailable."""

    async def members(self, role: Role) -> frozenset[StaffId]:
        """Return who has a role now."""

    async def name(self, staff_id: StaffId) -> str:
        """Return a member's display name, for emails to customers."""


class Chat(Protocol):
    """Posting to Slack. Each message carries `marker` as metadata, so that it can be found again."""

    async def post_card(self, card: CaseCard, *, marker: EffectId) -> Place:
        """Post a new card into the cancellations channel."""

    async def edit_card(self, card: CaseCard, *, place: Place, marker: EffectId) -> None:
        """Edit a card; one that was deleted: Refused(fault="destination", code="message_gone")."""

    def batch_digest(self, batch: CardBatch) -> str:
        """Return a digest of what the message of a batch shows, to know whether an edit would change it."""

    async def post_batch(self, batch: CardBatch, *, marker: EffectId) -> Place:
        """Post many cases as one message into the cancellations channel."""

    async def edit_batch(self, batch: CardBatch, *, place: Place, marker: EffectId) -> None:
        """Edit the message of a batch; one that was deleted: Refused(fault="destination", code="message_gone")."""

    async def post_digest(self, digest: Digest, *, zone: tzinfo, marker: EffectId) -> Place:
        """Post a digest into the cancellations channel."""

    async def post_welcome(self, earlier: EarlierCancellations, *, marker: EffectId) -> Place:
        """Post into the cancellations channel what will come there, and who left before the first start."""

    async def post_sample(self, at: datetime, *, marker: EffectId) -> Place:
        """Post an invented card, marked as a sample, into the cancellations channel."""

    async def post_return(self, card: CaseCard, *, under: Place, marker: EffectId) -> Place:
        """Post in a card's thread that the customer came back."""

    async def post_proposal(self, view: ProposalView, *, marker: EffectId) -> Place:
        """Post a proposal into the approvals channel."""

    async def edit_proposal(self, view: ProposalView, *, place: Place, marker: EffectId) -> None:
        """Edit a proposal; one that was deleted: Refused(fault="destination", code="message_gone")."""

    async def post_accepted(self, card: CaseCard, offer: OfferRow, *, under: Place, marker: EffectId) -> Place:
        """Post in a card's thread that the offer was accepted."""

    async def post_undone(self, card: CaseCard, *, under: Place, marker: EffectId) -> Place:
        """Post in a card's thread that the acceptance was undone."""

    async def reply(self, sentence: str, *, under: Place, marker: EffectId) -> Place:
        """Post a sentence in a message's thread."""

    async def remind(self, waiting: WaitingProposals, *, to: ChannelId, marker: EffectId) -> Place:
        """Post a list of what waits for a decision."""

    async def ask_about_email(self, view: ProposalView, *, to: ChannelId, marker: EffectId) -> Place:
        """Ask whether an email arrived that may not have been sent, with *It arrived* and *Send again*."""

    async def ask_follow_up(self, card: CaseCard, *, marker: EffectId) -> Place:
        """Ask a case's owner for the result, in a direct message with four buttons."""

    async def alert(self, sentence: str, *, to: StaffId | ChannelId, marker: EffectId) -> Place:
        """Post something that somebody must act on."""

    async def post_link(self, link: LinkRow, *, now: datetime, marker: EffectId) -> Place:
        """Post in a direct message to its agent what became of a link."""

    async def edit_link(self, link: LinkRow, *, now: datetime, place: Place, marker: EffectId) -> None:
        """Edit that message; one that was deleted: Refused(fault="destination", code="message_gone")."""

    async def channel_faults(self) -> Mapping[ChannelId, str]:
        """Return why nothing can be posted into a channel of ours, for each of which that is so.

        Raises Unavailable if Slack doesn't say.
        """

    async def tell_of_lookups(
        self, staff_id: StaffId, *, reached: Literal["hour", "day"], to: StaffId | ChannelId, marker: EffectId
    ) -> Place:
        """Post how many customers an agent has looked up, with *Add 50 for today*."""

    async def tell_proposer(self, news: ProposerNews, *, to: StaffId, marker: EffectId) -> Place:
        """Write to the person who proposed an offer, with *Show the offer link…* if they are to pass it on."""

    async def find(
        self, marker: EffectId, *, near: Place | StaffId | ChannelId | None, since: datetime
    ) -> Place | None:
        """Return the place of the message with this marker since a moment (wall time), or None.

        `near` None: the cancellations channel; a Place: its thread; a StaffId: the direct messages with them;
        a ChannelId: that channel. Raises Unavailable if the history can't be read: then nothing may be posted.
        """
