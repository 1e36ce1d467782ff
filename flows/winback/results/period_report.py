"""A period's figures with the cases behind them, for the command line."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from domain.ids import CaseId, ProposalId
from domain.winback.proposal import OfferRow, ProposalRow
from domain.winback.status import newest_proposal
from flows.ports.store import ReportedCase, Store, UnitOfWork
from flows.winback.results.answers import CaseReport, PeriodReport
from flows.winback.results.metrics import losses
from flows.winback.results.period import Period
from flows.winback.results.report import CaseCounting, summary_of

CASES_AT_ONCE = 500
"""Whose proposals and offers are read by one statement."""


async def report_period(store: Store, period: Period) -> PeriodReport:
    """Return what `stats` and `leak` say of a period, and its cases; counts first, however long it takes."""
    await CaseCounting(store).catch_up()
    async with store.read() as unit:
        groups = await unit.reports.groups(since=period.since, until=period.until)
        found = await unit.reports.cases(since=period.since, until=period.until)
        cases: list[CaseReport] = []
        for first in range(0, len(found), CASES_AT_ONCE):
            cases += await _with_winback(unit, found[first : first + CASES_AT_ONCE])
        return PeriodReport(
            summary=await summary_of(unit, period),
            losses=losses(groups, since=period.since, until=period.until, uncounted=0),
            cases=tuple(cases),
        )


async def _with_winback(unit: UnitOfWork, found: Sequence[ReportedCase]) -> Iterator[CaseReport]:
    ids = [each.case_id for each in found]
    proposals, offers = defaultdict[CaseId, list[ProposalRow]](list), dict[ProposalId, OfferRow]()
    for proposal in await unit.proposals.of_cases(ids):
        proposals[proposal.case_id].append(proposal)
    for offer in await unit.offers.of_cases(ids):
        offers[offer.proposal_id] = offer

    def is_accepted(proposal: ProposalRow) -> bool:
        return proposal.id in offers and offers[proposal.id].state == "accepted"

    def report(case: ReportedCase) -> CaseReport:
        theirs = proposals[case.case_id]
        shown = newest_proposal(filter(is_accepted, theirs)) or newest_proposal(theirs)
        return CaseReport(case=case, proposal=shown, offer=offers.get(shown.id) if shown is not None else None)

    return map(report, found)
