"""Withdrawing open proposals and offers that no longer apply."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.ids import CaseId, PersonId, StaffId
from domain.money import Money
from domain.winback.proposal import OfferRow, ProposalRow
from flows.effects import CloseCheckout, ClosePromotionCode
from flows.failures import VersionConflict
from flows.outbox.message_updates import CardUpdates, schedule_evaluation, show_proposal, tell_proposer
from flows.ports.store import AuditEntry, UnitOfWork

STILL_OPEN = frozenset({"sending", "sent", "accepting", "undoing"})
"""While an offer is in one of these states, its person gets no other."""

RULE = "rule:"
"""The prefix of a standing approval's budget among the budgets that an offer reserves."""


async def suppress(
    unit: UnitOfWork, person_id: PersonId, *, by: StaffId | None, why: str, cards: CardUpdates, now: datetime
) -> bool:
    """Suppress a person, withdraw what is open and update their cards; False: they were suppressed already.

    `by` None: the customer unsubscribed.
    """
    if not await unit.people.suppress(person_id, by=by, why=why, at=now):
        return False
    await withdraw_open(unit, person_id=person_id, why="unsubscribed" if by is None else "suppressed", now=now)
    for case in await unit.cases.of_person(person_id):
        await cards.schedule(unit, case, now=now)
    return True


async def withdraw_open(
    unit: UnitOfWork, *, person_id: PersonId | None = None, case_id: CaseId | None = None, why: str, now: datetime
) -> None:
    """Withdraw everything open for a person, or for one case, and update its messages but not the cards.

    What a customer has accepted stays. Raises VersionConflict if somebody decided at the same moment.
    """
    await withdraw_unsent(unit, person_id=person_id, case_id=case_id, why=why, now=now)
    for offer in await _offers(unit, person_id, case_id):
        if offer.state in {"sending", "sent"}:
            await _close(unit, offer, why=why, now=now)


async def withdraw_unsent(
    unit: UnitOfWork, *, person_id: PersonId | None = None, case_id: CaseId | None = None, why: str, now: datetime
) -> None:
    """Withdraw only what no customer knows of: an offer whose email was sent, or may have been, stays."""
    for proposal in await _proposals(unit, person_id, case_id):
        if proposal.state == "open":
            await withdraw(unit, proposal, why=why, now=now)
    for offer in await _offers(unit, person_id, case_id):
        if offer.state == "sending" and offer.email_state == "waiting":
            await _close(unit, offer, why=why, now=now)


async def withdraw_automatic(unit: UnitOfWork, case_id: CaseId, *, why: str, now: datetime) -> None:
    """Withdraw what the policy proposed for a case and nobody has decided on yet; what a person proposed stays."""
    for proposal in await unit.proposals.of_case(case_id):
        if proposal.state == "open" and proposal.by_hand is None:
            await withdraw(unit, proposal, why=why, now=now)


async def withdraw_all_but_one(unit: UnitOfWork, person_id: PersonId, *, now: datetime) -> None:
    """Withdraw what is open beside what went furthest; what a customer may know of stays.

    A person who was two may have two proposals, and each would block the other.
    """
    running = [each for each in await unit.offers.of_person(person_id) if each.state in STILL_OPEN]
    unsent = [each for each in running if each.state == "sending" and each.email_state == "waiting"]
    known = len(running) > len(unsent)
    proposals = [each for each in await unit.proposals.of_person(person_id) if each.state == "open"]
    for offer in unsent if known else unsent[1:]:
        await _close(unit, offer, why="open_already", now=now)
    for proposal in proposals if running else proposals[1:]:
        await withdraw(unit, proposal, why="open_already", now=now)


async def withdraw(unit: UnitOfWork, proposal: ProposalRow, *, why: str, now: datetime) -> ProposalRow:
    """Withdraw one open proposal, and have its case evaluated again."""
    withdrawn = replace(proposal, state="withdrawn", why=why, decided_at=now)
    if not await unit.proposals.save(withdrawn):
        raise VersionConflict("somebody decided on the proposal at the same moment")
    await _record(unit, proposal.case_id, f"{proposal.id} {why}", now=now)
    await show_proposal(unit, proposal.id, now=now)
    await schedule_evaluation(unit, proposal.case_id, at=now)
    await tell_proposer(unit, withdrawn, "withdrawn", by=None, now=now)
    return replace(withdrawn, version=proposal.version + 1)


async def release(unit: UnitOfWork, offer: OfferRow) -> None:
    """Release an offer's budgets, and its cooldown unless its email may have been sent."""
    await give_back(unit, offer.reserved, offer.held)
    if offer.email_state == "waiting" or (offer.email_state == "none" and offer.state == "sending"):
        await unit.budgets.free_slot(offer.id)


async def give_back(unit: UnitOfWork, scopes: Sequence[str], amount: Money) -> None:
    """Give an amount back to the budgets that hold it."""
    for scope in scopes:
        if scope.startswith(RULE):
            await unit.standing_approvals.give_back(scope.removeprefix(RULE), amount)
        else:
            await unit.budgets.give_back(scope, amount)


async def close_at_stripe(unit: UnitOfWork, offer: OfferRow, *, now: datetime) -> None:
    """Have an ended offer's open Checkout session and its promotion code closed at Stripe."""
    if offer.session_id is not None:
        await unit.outbox.add(CloseCheckout(offer.id), key=f"close:{offer.session_id}", due_at=now)
    if offer.promotion_code_id is not None:
        code = offer.promotion_code_id
        await unit.outbox.add(ClosePromotionCode(code), key=f"close_code:{code}", due_at=now)


async def _close(unit: UnitOfWork, offer: OfferRow, *, why: str, now: datetime) -> None:
    if not await unit.offers.save(replace(offer, state="over", why=why, reserved=())):
        raise VersionConflict("the offer changed at the same moment")
    await release(unit, offer)
    await close_at_stripe(unit, offer, now=now)
    await _record(unit, offer.case_id, f"{offer.id} {why}", now=now)
    await show_proposal(unit, offer.proposal_id, now=now)
    await schedule_evaluation(unit, offer.case_id, at=now)


async def _record(unit: UnitOfWork, case_id: CaseId, note: str, *, now: datetime) -> None:
    entry = AuditEntry(who="winback", action="withdraw", whom=str(case_id), at=now, outcome="withdrawn", note=note)
    await unit.audit.append(entry)


async def _proposals(unit: UnitOfWork, person_id: PersonId | None, case_id: CaseId | None) -> Sequence[ProposalRow]:
    if person_id is not None:
        return await unit.proposals.of_person(person_id)
    return await unit.proposals.of_case(case_id) if case_id is not None else ()


async def _offers(unit: UnitOfWork, person_id: PersonId | None, case_id: CaseId | None) -> Sequence[OfferRow]:
    if person_id is not None:
        return await unit.offers.of_person(person_id)
    return await unit.offers.of_case(case_id) if case_id is not None else ()
