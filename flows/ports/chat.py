"""Slack: who may do what, and what is written to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.cancellations.stored_case import Place
from domain.ids import ChannelId, EffectId, StaffId
from domain.permissions import Role
from domain.winback.case_card import CaseCard
from domain.winback.proposal import OfferRow, ProposalView


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Who pressed or typed, by the two ids that Slack vouches for."""

    id: StaffId
    team_id: str | None  # None: nobody pressed just now, the directory itself says where they belong


@dataclass(frozen=True, slots=True, kw_only=True)
class NotStaff:
    """Why somebody has no say here: `guest`, `outsider`, `bot`, `deactivated`, `unknown`."""

    why: str


class Directory(Protocol):
    """Who may do what: deny by default, groups cached for 60 s at most."""

    async def roles(self, staff: Staff) -> frozenset[Role] | NotStaff:
        """Say the roles of a member; none: an empty set; doubt of any kind: Denied or `Unavailable`."""

    async def members(self, role: Role) -> frozenset[StaffId]:
        """List who effectively has a role now."""

    async def name(self, staff_id: StaffId) -> str:
        """Say a member's display name, for letters to customers."""


class Chat(Protocol):
    """Slack, written to. `marker` travels as metadata so that a message can be found again."""

    async def post_card(self, card: CaseCard, *, marker: EffectId) -> Place:
        """Post a new card into the cancellations channel."""

    async def edit_card(self, card: CaseCard, *, place: Place, marker: EffectId) -> None:
        """Edit a card in place; a place that is gone for good: Refused(fault="destination", code="message_gone")."""

    async def post_return(self, card: CaseCard, *, under: Place, marker: EffectId) -> Place:
        """Say in a card's thread that the customer came back."""

    async def post_proposal(self, view: ProposalView, *, marker: EffectId) -> Place:
        """Post a proposal into the approvals channel."""

    async def edit_proposal(self, view: ProposalView, *, place: Place, marker: EffectId) -> None:
        """Edit a proposal in place; one that is gone: Refused(fault="destination", code="message_gone")."""

    async def post_accepted(self, card: CaseCard, offer: OfferRow, *, under: Place, marker: EffectId) -> Place:
        """Say in a card's thread that the offer was accepted."""

    async def remind(self, waiting: Sequence[ProposalView], *, to: ChannelId, marker: EffectId) -> Place:
        """List what waits for a decision."""

    async def ask_about_email(self, view: ProposalView, *, to: ChannelId, marker: EffectId) -> Place:
        """Ask whether a letter of unclear fate arrived, with *It arrived* and *Send again*."""

    async def ask_follow_up(self, card: CaseCard, *, marker: EffectId) -> Place:
        """Ask a case's owner, in a direct message with four buttons, what came of it."""

    async def alert(self, sentence: str, *, to: StaffId | ChannelId, marker: EffectId) -> Place:
        """Tell the people in charge something they must act on."""

    async def find(
        self, marker: EffectId, *, near: Place | StaffId | ChannelId | None, since: datetime
    ) -> Place | None:
        """Look for a message with this marker since a moment (wall time).

        `near` None: the cancellations channel; a Place: its thread; a StaffId: the direct messages with them;
        a ChannelId: that channel.
        History that cannot be read raises Unavailable: then nothing may be posted.
        """
