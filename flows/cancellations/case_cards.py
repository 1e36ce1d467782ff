"""What the cards of cases and the rows of a batch show: read in sets, however many they are."""

from collections.abc import Collection
from datetime import datetime

from domain.cancellations.case import REASON_WINDOW
from domain.cancellations.sequel import Sequel, StillSubscribed, Switch
from domain.cancellations.stored_case import Case, CustomerReturn, Facts, ReasonState, request_taken_back
from domain.ids import CaseId, SubscriptionId
from domain.winback.case_card import CaseCard, WinbackStatus
from domain.winback.status import newest_proposal, status_of
from flows.ports.store import CaseOutline, UnitOfWork


async def read_cards(unit: UnitOfWork, case_ids: Collection[CaseId], *, now: datetime) -> dict[CaseId, CaseCard]:
    """Return what the cards of cases show now, but for earlier offers and features that have shipped."""
    return await complete_cards(unit, await unit.cases.outlines(case_ids), now=now)


async def complete_cards(
    unit: UnitOfWork, outlines: Collection[CaseOutline], *, now: datetime
) -> dict[CaseId, CaseCard]:
    """Return what the cards of cases show, reading only what their outlines lack: nothing if all of them are whole."""
    sequels = dict[CaseId, Sequel]()
    for each in outlines:
        back = request_taken_back(each.case)
        if back is not None:
            sequels[each.case.id] = back
    several = [each.case for each in outlines if each.other_subscriptions]
    if several:
        sequels |= await unit.cases.sequels(several)
    facts = {each.case.subscription_id: each.facts for each in outlines}
    others = {sequel.subscription_id for sequel in sequels.values()} - facts.keys()
    rows = await unit.observations.rows(others) if others else {}
    facts |= {subscription_id: row.facts for subscription_id, row in rows.items() if row.facts is not None}
    again = {each.case.person_id for each in outlines if each.other_cases}
    numbers = await unit.cases.numbers(again) if again else {}
    proposed = [each.case.id for each in outlines if each.proposals]
    winback = await _winback(unit, proposed) if proposed else {}
    cards = dict[CaseId, CaseCard]()
    for outline in outlines:
        case = outline.case
        sequel = sequels.get(case.id)
        other = _other(facts, case, sequel.subscription_id) if sequel is not None else None
        episode = case.episode
        cards[case.id] = CaseCard(
            case=case,
            facts=outline.facts,
            reason_state=reason_state(episode.requested_at, given=episode.reason_given, now=now),
            comeback=sequel if isinstance(sequel, CustomerReturn) else None,
            back_with=other if isinstance(sequel, CustomerReturn) else None,
            switched_to=other if isinstance(sequel, Switch) else None,
            switch_several=isinstance(sequel, Switch) and sequel.several,
            switch_shared=isinstance(sequel, Switch) and sequel.shared,
            still_with=other if isinstance(sequel, StillSubscribed) else None,
            number=numbers.get(case.id, 1),
            suppressed=outline.suppressed,
            winback=winback.get(case.id),
            reference=str(case.id)[-8:],
        )
    return cards


def reason_state(requested_at: datetime, *, given: bool, now: datetime) -> ReasonState:
    """Return whether a reason is given, may still come, or wasn't given in time."""
    if given:
        return "given"
    return "none" if now >= requested_at + REASON_WINDOW else "not_yet"


def _other(facts: dict[SubscriptionId, Facts], case: Case, other: SubscriptionId) -> Facts | None:
    return facts.get(other) if other != case.subscription_id else None


async def _winback(unit: UnitOfWork, case_ids: Collection[CaseId]) -> dict[CaseId, WinbackStatus]:
    proposals = await unit.proposals.of_cases(case_ids)
    offers = {offer.proposal_id: offer for offer in await unit.offers.of_cases(case_ids)} if proposals else {}
    found = dict[CaseId, WinbackStatus]()
    for case_id in {proposal.case_id for proposal in proposals}:
        newest = newest_proposal(each for each in proposals if each.case_id == case_id)
        if newest is not None:
            found[case_id] = status_of(newest, offers.get(newest.id))
    return found
