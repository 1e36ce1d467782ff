"""Proposals, offers, budgets, standing approvals, and features that have shipped."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from domain.ids import CaseId, OfferId, PersonId, ProposalId, SessionId, StaffId
from domain.money import Money
from domain.winback.decision import EarlierOffer
from domain.winback.policy import StandingApproval
from domain.winback.proposal import OfferRow, ProposalRow, WaitingProposal
from domain.winback.rule_matching import ShippedFeature
from domain.winback.status import UnsentOffers


class Proposals(Protocol):
    """Proposals."""

    async def add(self, row: ProposalRow) -> None:
        """Store a new one; a second one for the same case, rule and step raises ValueError."""

    async def get(self, proposal_id: ProposalId) -> ProposalRow | None:
        """Read one."""

    async def save(self, row: ProposalRow) -> bool:
        """Store a changed one under its version; False: somebody was faster. The stored version rises by one."""

    async def of_case(self, case_id: CaseId) -> list[ProposalRow]:
        """Return all of a case, oldest first."""

    async def of_cases(self, case_ids: Collection[CaseId]) -> list[ProposalRow]:
        """Return all of many cases, oldest first."""

    async def of_person(self, person_id: PersonId) -> list[ProposalRow]:
        """Return all of a person, oldest first."""

    async def waiting(self, *, now: datetime, first: int, limit: int) -> list[WaitingProposal]:
        """Return some of the open ones that are neither snoozed nor expired, those that expire soonest first.

        `first` of them are left out.
        """

    async def count_waiting(self, *, now: datetime) -> tuple[int, tuple[Money, ...]]:
        """Count those that are waiting, and add up what they give away and give up at most, by currency."""

    async def decided_by_hand(self, rule: str) -> int:
        """Count how many proposals of a rule a person has approved or declined."""


class Offers(Protocol):
    """Offers."""

    async def add(self, row: OfferRow) -> None:
        """Store a new one."""

    async def get(self, offer_id: OfferId) -> OfferRow | None:
        """Read one."""

    async def by_digest(self, token_digest: str) -> OfferRow | None:
        """Read by the token's digest."""

    async def by_undo(self, token_digest: str) -> OfferRow | None:
        """Read by the digest of the token of *Undo*."""

    async def by_session(self, session_id: SessionId) -> OfferRow | None:
        """Read by its Checkout session."""

    async def by_proposal(self, proposal_id: ProposalId) -> OfferRow | None:
        """Read the one of a proposal."""

    async def unsent(self, *, limit: int) -> UnsentOffers:
        """Return those whose emails haven't begun to leave, the first to leave first, and count all of them."""

    async def save(self, row: OfferRow) -> bool:
        """Store a changed one under its version; False: somebody was faster. The stored version rises by one."""

    async def drop(self, offer_id: OfferId) -> None:
        """Delete one of which nothing was sent, so that its proposal can be approved again."""

    async def of_case(self, case_id: CaseId) -> list[OfferRow]:
        """Return all of a case, oldest first."""

    async def of_cases(self, case_ids: Collection[CaseId]) -> list[OfferRow]:
        """Return all of many cases, oldest first."""

    async def of_person(self, person_id: PersonId) -> list[OfferRow]:
        """Return all of a person, oldest first."""

    async def claim_checkout(
        self, person_id: PersonId, offer_id: OfferId, *, session_id: SessionId | None, expected: SessionId | None
    ) -> bool:
        """Make `session_id` the person's one open Checkout session, guarded by the last one.

        `session_id` None: there is none any more. `expected` None: there was none.
        """

    async def checkout_of(self, person_id: PersonId) -> tuple[OfferId, SessionId] | None:
        """Return a person's open Checkout session and its offer."""


class Budgets(Protocol):
    """Budgets and cooldowns: reserved before anything is sent, released if nothing was."""

    async def spend(self, scope: str, amount: Money, *, limit: Money | None) -> bool:
        """Reserve an amount, guarded by `spent + amount <= limit`; a limit of another currency raises ValueError.

        A scope like `month:2026-11` counts each currency apart. Zero can always be reserved, even from a budget that is
        overspent since its limit was lowered.
        """

    async def give_back(self, scope: str, amount: Money) -> None:
        """Release what was reserved."""

    async def spent(self, scope: str) -> dict[str, Money]:
        """Return what is reserved of a scope, per currency."""

    async def take_slot(
        self,
        person_id: PersonId,
        offer_id: OfferId,
        *,
        at: datetime,
        not_since: datetime,
        case_id: CaseId,
        not_in_case_since: datetime,
    ) -> bool:
        """Record an offer to a person.

        False if the last one was since `not_since`, or, if it was for the same case, since `not_in_case_since`.
        """

    async def free_slot(self, offer_id: OfferId) -> None:
        """Delete the note of an offer that was never made."""

    async def earlier(self, person_id: PersonId, *, apart_from: ProposalId | None = None) -> list[EarlierOffer]:
        """Return the offers made to a person and, marked, to others who pay with the same card, oldest first.

        Offers that were never sent are left out, and so is the one of `apart_from`, the proposal being checked.
        """


class StandingApprovals(Protocol):
    """Standing approvals of rules, with their budgets."""

    async def of(self, rule: str) -> StandingApproval | None:
        """Read a rule's approval, valid or not."""

    async def replace(self, approval: StandingApproval) -> None:
        """Store a rule's approval in place of the last."""

    async def revoke(self, rule: str) -> bool:
        """Delete it; False: there was none."""

    async def spend(self, rule: str, amount: Money) -> bool:
        """Reserve from its budget; False if too little is left, or for another currency than the budget's."""

    async def give_back(self, rule: str, amount: Money) -> None:
        """Release what was reserved, as far as this approval had it reserved."""

    async def all(self) -> Sequence[StandingApproval]:
        """Return all, by rule."""


class ShippedFeatures(Protocol):
    """Features that somebody named in `/winback shipped`."""

    async def remember(self, feature: ShippedFeature, *, by: StaffId, at: datetime) -> None:
        """Store a feature; for one that is stored already, whatever its case, its synonyms are replaced."""

    async def all(self) -> Sequence[ShippedFeature]:
        """Return all features, newest first."""
