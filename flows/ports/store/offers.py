"""Proposals, offers, and what is reserved for them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.ids import CaseId, OfferId, PersonId, ProposalId
from domain.money import Money
from domain.winback.decision import EarlierOffer
from domain.winback.policy import StandingApproval
from domain.winback.proposal import OfferRow, ProposalRow


class Proposals(Protocol):
    """Proposals."""

    async def add(self, row: ProposalRow) -> None:
        """Store a new one; a second one of the same case, rule and step raises ValueError."""

    async def get(self, proposal_id: ProposalId) -> ProposalRow | None:
        """Read one."""

    async def save(self, row: ProposalRow) -> bool:
        """Store a changed one under its version; False: somebody was faster. The stored version rises by one."""

    async def of_case(self, case_id: CaseId) -> list[ProposalRow]:
        """All of a case, oldest first."""

    async def of_person(self, person_id: PersonId) -> list[ProposalRow]:
        """All of a person, oldest first."""

    async def open(self, *, now: datetime, limit: int) -> list[ProposalRow]:
        """List the open ones that are not snoozed, those that expire soonest first."""

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

    async def by_session(self, session_id: str) -> OfferRow | None:
        """Read by its Checkout session."""

    async def by_proposal(self, proposal_id: ProposalId) -> OfferRow | None:
        """Read the one that came of a proposal."""

    async def save(self, row: OfferRow) -> bool:
        """Store a changed one under its version; False: somebody was faster. The stored version rises by one."""

    async def of_case(self, case_id: CaseId) -> list[OfferRow]:
        """All of a case, oldest first."""

    async def of_person(self, person_id: PersonId) -> list[OfferRow]:
        """All of a person, oldest first."""

    async def claim_checkout(
        self, person_id: PersonId, offer_id: OfferId, *, session_id: str | None, expected: str | None
    ) -> bool:
        """Make `session_id` the person's one open Checkout session, guarded by the one that was known to be it.

        `session_id` None: there is none any more. `expected` None: there was none.
        """

    async def checkout_of(self, person_id: PersonId) -> tuple[OfferId, str] | None:
        """Say which Checkout session of a person is the open one, and of which offer."""


class Budgets(Protocol):
    """Budgets and cooldowns: taken before anything is sent, given back where nothing was."""

    async def spend(self, scope: str, amount: Money, *, limit: Money | None) -> bool:
        """Reserve guarded by `spent + amount <= limit`; a limit of another currency raises ValueError.

        A scope like `month:2026-11` holds each currency apart. An amount of nothing can always be reserved.
        """

    async def give_back(self, scope: str, amount: Money) -> None:
        """Release what was reserved."""

    async def spent(self, scope: str) -> dict[str, Money]:
        """Say what is reserved of a scope, per currency."""

    async def take_slot(self, person_id: PersonId, offer_id: OfferId, *, at: datetime, not_since: datetime) -> bool:
        """Note an offer to a person, guarded by the last one being before `not_since`."""

    async def free_slot(self, offer_id: OfferId) -> None:
        """Forget the note of an offer that was never made."""

    async def earlier(self, person_id: PersonId, *, apart_from: ProposalId | None = None) -> list[EarlierOffer]:
        """List the offers made to a person and, marked so, to others who pay with the same card, oldest first.

        What never went out is left out, and so is what came of `apart_from`, the proposal that is being checked.
        """


class StandingApprovals(Protocol):
    """Rules that a manager approved once."""

    async def of(self, rule: str) -> StandingApproval | None:
        """Read a rule's approval, good or not."""

    async def replace(self, approval: StandingApproval) -> None:
        """Store a rule's approval in place of the last."""

    async def revoke(self, rule: str) -> bool:
        """Take it away; False: there was none."""

    async def spend(self, rule: str, amount: Money) -> bool:
        """Take from its budget, guarded by what is left; False also for another currency than the budget's."""

    async def give_back(self, rule: str, amount: Money) -> None:
        """Release what was taken."""

    async def all(self) -> Sequence[StandingApproval]:
        """List all."""
