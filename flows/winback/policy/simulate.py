"""Simulate a policy on past cases: move through time, and decide each case whenever one of its steps is due."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from heapq import heappop, heappush

from domain.cancellations.stored_case import Case, CustomerReturn
from domain.ids import CaseId, CustomerId, PersonId
from domain.money import Money, sum_by_currency
from domain.winback.decide import decide
from domain.winback.decision import CaseSnapshot, Decision, EarlierOffer, History, Rejection
from domain.winback.lift import NeverKnown, months_until_known
from domain.winback.offer_lifetime import expiry_time, reminder_time, sending_time
from domain.winback.past_snapshot import snapshot_at
from domain.winback.policy import Policy
from domain.winback.rule_matching import may_be_held_out, value_of_case
from domain.winback.terms import OfferTerms
from flows.ports.context import Context
from flows.winback.policy.budgets import month_scope
from flows.winback.policy.eligibility import EligibilityChecks

MONTH = timedelta(days=30)
SHARES = (Decimal("0.1"), Decimal("0.2"), Decimal("0.3"), Decimal("0.5"))
"""Shares to hold out that are tried where the policy holds nobody out."""
_OF_TIME = frozenset({"too_early", "too_late", "reason_open"})
"""Reasons that only mean it was the wrong moment."""

Progress = Callable[[int, int], None]
"""Called with how many cases have been read, out of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedOffer:
    """An offer that a case would have got; `held_back`: the person is in the holdout, so they wouldn't have got it.

    `remind_at` is when its one reminder would go out, had it been approved at once and not answered; None: none would.
    """

    case_id: CaseId
    customer_id: CustomerId
    at: datetime
    rule: str
    step: int
    terms: OfferTerms
    held_back: bool
    remind_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseWithoutOffer:
    """A case without an offer, and why; `look_at` is when its next step is due, if that is still to come."""

    case_id: CaseId
    customer_id: CustomerId
    requested_at: datetime
    rejected: tuple[Rejection, ...]
    look_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationResult:
    """What a policy would have done.

    `cost` is the most it would have given away, per currency, if everybody had accepted. `gone` counts the cases whose
    subscription Stripe no longer has. `months` is about how many months it takes to know the lift to five points with
    `holdout`, the policy's share or, if that is 0, the smallest of `SHARES` that would do; None: nobody gets an offer,
    or everybody is held out.
    """

    cases: int
    gone: int
    offers: tuple[SimulatedOffer, ...]
    without: tuple[CaseWithoutOffer, ...]
    cost: tuple[Money, ...]
    months: int | NeverKnown | None
    holdout: Decimal
    is_held_out: bool


@dataclass(slots=True)
class _Run:
    """One case on its way through time."""

    snapshot: CaseSnapshot
    history: History
    comeback: CustomerReturn | None
    decided: set[tuple[str, int]] = field(default_factory=set)
    rejected: dict[Rejection, None] = field(default_factory=dict)
    offered: bool = False
    look_at: datetime | None = None

    @property
    def case(self) -> Case:
        return self.snapshot.case


@dataclass(frozen=True, slots=True)
class Simulation:
    """Decides past cases by a policy; consent, disputes and suppressions count as they are now.

    `eligibility` uses the same policy on a store that keeps nothing.
    """

    context: Context
    eligibility: EligibilityChecks
    policy: Policy

    async def run(self, *, since: datetime, now: datetime, progress: Progress) -> SimulationResult:
        """Decide all cases requested since a moment, as if the policy had been in use the whole time."""
        async with self.context.store.read() as unit:
            ids = await unit.cases.requested_ids(since=since)
        runs: list[_Run] = []
        for number, case_id in enumerate(ids, start=1):
            gathered = await self.eligibility.gather(case_id, self.policy, now=now)
            progress(number, len(ids))
            if gathered is not None:
                snapshot, history = gathered
                async with self.context.store.read() as unit:
                    comeback = await unit.cases.comeback(snapshot.case)
                case = replace(snapshot.case, silent=False)
                runs.append(_Run(snapshot=replace(snapshot, case=case), history=history, comeback=comeback))
        offers = self._let_time_pass(runs, since=since, now=now)
        holdout, months = self._months(runs, offers, span=now - since)
        return SimulationResult(
            cases=len(ids),
            gone=len(ids) - len(runs),
            offers=tuple(offers),
            without=tuple(_without(run) for run in runs if not run.offered),
            cost=sum_by_currency(
                each.terms.charge for each in offers if each.terms.charge.minor and not each.held_back
            ),
            months=months,
            holdout=holdout,
            is_held_out=bool(self.policy.limits.holdout),
        )

    def _let_time_pass(self, runs: list[_Run], *, since: datetime, now: datetime) -> list[SimulatedOffer]:
        """Decide cases in the order in which they are due, because budgets and cooldowns span several cases."""
        earlier: defaultdict[PersonId, list[EarlierOffer]] = defaultdict(list)
        spent: defaultdict[str, dict[str, Money]] = defaultdict(dict)
        offers: list[SimulatedOffer] = []
        queue: list[tuple[datetime, int]] = []
        for place, run in enumerate(runs):
            earlier[run.case.person_id] = [each for each in run.history.earlier if each.at < since]
            heappush(queue, (run.case.episode.requested_at, place))
        while queue:
            at, place = heappop(queue)
            run = runs[place]
            run.look_at = at
            if at > now:
                continue
            month = month_scope(self.policy, at)
            history = replace(_history(run, at), earlier=tuple(earlier[run.case.person_id]), spent=spent[month])
            decision = decide(snapshot_at(run.snapshot, at), history, self.policy, at)
            run.look_at = None
            run.rejected |= dict.fromkeys(decision.rejected)
            offer = _offer(run, decision, self.policy, at)
            if offer is None:
                if decision.look_again_at is not None and decision.look_again_at > at:
                    heappush(queue, (decision.look_again_at, place))
                continue
            offers.append(offer)
            run.offered = True
            run.decided.add((offer.rule, offer.step))
            if not offer.held_back:
                made = EarlierOffer(at=at, case_id=offer.case_id, offer=offer.terms.offer, by_card=False)
                earlier[run.case.person_id].append(made)
                cost = offer.terms.charge
                spent[month][cost.currency] = spent[month].get(cost.currency, Money(0, cost.currency)) + cost
            heappush(queue, (at, place))
        return offers

    def _months(
        self, runs: list[_Run], offers: list[SimulatedOffer], *, span: timedelta
    ) -> tuple[Decimal, int | NeverKnown | None]:
        """Return a share of people to hold out, and in how many months it would teach something."""
        firsts: dict[PersonId, _Run] = {}
        for run in sorted(runs, key=lambda each: each.case.episode.requested_at):
            firsts.setdefault(run.case.person_id, run)
        below = self.policy.limits.holdout_below
        may = {person for person, run in firsts.items() if may_be_held_out(value_of_case(run.snapshot), below)}
        people = {run.case.person_id: run.comeback is not None for run in runs if run.case.person_id in may}
        decided = {run.case.person_id for run in runs if run.offered} & may
        shares = (self.policy.limits.holdout,) if self.policy.limits.holdout else SHARES
        found: tuple[Decimal, int | NeverKnown | None] = (shares[-1], None)
        for share in shares if decided else ():
            months = months_until_known(
                people_a_month=Decimal(len(decided)) * Decimal(MONTH / span),
                holdout=share,
                back=Decimal(sum(people[each] for each in decided)) / len(decided),
            )
            found = (share, months)
            if isinstance(months, int):
                break
        return found


def _offer(run: _Run, decision: Decision, policy: Policy, at: datetime) -> SimulatedOffer | None:
    if decision.terms is None or decision.rule is None or decision.step is None:
        return None
    return SimulatedOffer(
        case_id=run.case.id,
        customer_id=run.snapshot.customer.id,
        at=at,
        rule=decision.rule,
        step=decision.step,
        terms=decision.terms,
        held_back=decision.held_out,
        remind_at=_remind_at(decision.terms, decision, policy, at),
    )


def _remind_at(terms: OfferTerms, decision: Decision, policy: Policy, at: datetime) -> datetime | None:
    if terms.way == "call":
        return None
    sent_at = sending_time(policy, None, by_email=True, now=at)
    expires_at = expiry_time(policy, terms.phase, sends_at=sent_at, useful_until=decision.last_useful_at)
    return reminder_time(policy, sent_at=sent_at, expires_at=expires_at)


def _without(run: _Run) -> CaseWithoutOffer:
    """Return why a case got nothing; reasons of timing count only if there is no other."""
    reasons = [each for each in run.rejected if each.why not in _OF_TIME]
    return CaseWithoutOffer(
        case_id=run.case.id,
        customer_id=run.snapshot.customer.id,
        requested_at=run.case.episode.requested_at,
        rejected=tuple(reasons or run.rejected),
        look_at=run.look_at,
    )


def _history(run: _Run, at: datetime) -> History:
    comeback = run.comeback
    not_yet = comeback is not None and comeback.at > at
    later = comeback.subscription_id if comeback is not None and not_yet else None
    return replace(
        run.history,
        decided=frozenset(run.decided),
        open_since=None,
        back=run.history.back and not not_yet,
        other_live=None if run.history.other_live == later else run.history.other_live,
    )
