"""Track the outcome of a return: why they are back, whether they paid, and whether they stay 30 and 90 days."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.billing.subscription import Subscription
from domain.cancellations.stored_case import Case, CustomerReturn
from domain.ids import CaseId, SubscriptionId
from domain.winback.outcome import FIRST_CHECK, SECOND_CHECK, attribute_return, retention_at
from flows.effects import TrackOutcome
from flows.failures import Unavailable
from flows.outbox.dispatcher import Attempt
from flows.ports import PaidInvoice
from flows.ports.context import Context
from flows.ports.store import OutcomeRow, UnitOfWork

A_DAY = timedelta(days=1)
"""How long after a period's end its invoice is paid, if it is paid at once."""


@dataclass(frozen=True, slots=True)
class OutcomeTracker:
    """The work behind `TrackOutcome`."""

    context: Context

    async def track(self, effect: TrackOutcome, attempt: Attempt, now: datetime) -> None:
        """Record what is known by now, and schedule the next check while there is more to learn.

        Safe to repeat. Raises Unavailable if somebody else saved the outcome at the same moment.
        """
        async with self.context.store.read() as unit:
            case = await unit.cases.get(effect.case_id)
            comeback = await unit.cases.comeback(case) if case else None
            known = await unit.outcomes.get(effect.case_id)
        if case is None or comeback is None or _is_settled(known, comeback):
            return
        subscription = (await self.context.billing.read_subscription(comeback.subscription_id)).subscription
        payments = await self.context.offer_billing.paid_invoices(subscription.id, since=comeback.at)
        async with self.context.store.begin(cause=attempt.row.cause) as unit:
            if await unit.cases.comeback(case) != comeback:
                raise Unavailable("the return changed while its invoices were read")
            outcome = await self._outcome(unit, case, comeback, subscription, payments, now=now)
            if not await unit.outcomes.save(outcome):
                raise Unavailable("somebody saved the outcome at the same moment")
            next_at = _next_check(outcome, subscription, now=now)
            if next_at is not None:
                await schedule_check(unit, case.id, at=next_at)
            await unit.commit()

    async def _outcome(
        self,
        unit: UnitOfWork,
        case: Case,
        comeback: CustomerReturn,
        subscription: Subscription,
        payments: tuple[PaidInvoice, ...],
        *,
        now: datetime,
    ) -> OutcomeRow:
        before = await unit.outcomes.get(case.id)
        cause = attribute_return(
            comeback,
            requested_at=case.episode.requested_at,
            coupons=frozenset(each.coupon_id for each in subscription.discounts),
            offers=await unit.offers.of_person(case.person_id),
        )
        outcome = OutcomeRow(
            case_id=case.id,
            person_id=case.person_id,
            returned_at=comeback.at,
            returned_with=subscription.id,
            how=cause.how,
            offer_id=cause.offer_id,
            first_paid_at=payments[0].paid_at if payments else None,
            version=before.version if before else 0,
        )
        if before is not None and _same_return(before, comeback):
            outcome = _keep_known(before, outcome)
        left_at = await _left_again_at(unit, subscription, comeback)
        return _with_checks(outcome, payments, left_at=left_at, currency=subscription.currency, now=now)


async def schedule_check(unit: UnitOfWork, case_id: CaseId, *, at: datetime) -> None:
    """Schedule a check; one too many does no harm."""
    await unit.outbox.add(TrackOutcome(case_id), key=f"return:{case_id}:{at.isoformat()}", due_at=at)


def _is_settled(known: OutcomeRow | None, comeback: CustomerReturn) -> bool:
    return known is not None and known.stayed_90 is not None and _same_return(known, comeback)


def _same_return(known: OutcomeRow, comeback: CustomerReturn) -> bool:
    return (known.returned_with, known.returned_at) == (comeback.subscription_id, comeback.at)


def _keep_known(before: OutcomeRow, outcome: OutcomeRow) -> OutcomeRow:
    """Keep what was seen before: a one-invoice coupon disappears after its invoice, and an invoice may be refunded."""
    outcome = replace(
        outcome,
        first_paid_at=before.first_paid_at or outcome.first_paid_at,
        kept_30=before.kept_30,
        stayed_30=before.stayed_30,
    )
    if before.how == "accepted":
        return replace(outcome, how=before.how, offer_id=before.offer_id)
    return outcome


def _with_checks(
    outcome: OutcomeRow, payments: tuple[PaidInvoice, ...], *, left_at: datetime | None, currency: str, now: datetime
) -> OutcomeRow:
    """Return the outcome with what is known by now about days 30 and 90."""
    if outcome.first_paid_at is None:
        return outcome
    paid = [(each.paid_at, each.net) for each in payments]
    for days, look in ((30, FIRST_CHECK), (90, SECOND_CHECK)):
        by = outcome.first_paid_at + look
        if now < by or (days == 30 and outcome.stayed_30 is not None):
            continue
        seen = retention_at(paid, left_at=left_at, by=by, currency=currency)
        if days == 30:
            outcome = replace(outcome, stayed_30=seen.stayed, kept_30=seen.amount)
        else:
            outcome = replace(outcome, stayed_90=seen.stayed, kept_90=seen.amount)
    return outcome


async def _left_again_at(unit: UnitOfWork, subscription: Subscription, comeback: CustomerReturn) -> datetime | None:
    """Return when they cancelled again (a new cancellation counts from its request) or were gone, or None."""
    asked = [
        each.episode.requested_at
        for each in await unit.cases.of_subscription(SubscriptionId(subscription.id))
        if each.episode.state != "withdrawn" and each.episode.requested_at > comeback.at
    ]
    if subscription.ended_at is not None:
        asked.append(subscription.ended_at)
    return min(asked, default=None)


def _next_check(outcome: OutcomeRow, subscription: Subscription, *, now: datetime) -> datetime | None:
    """Return when there is more to learn: after the next invoice, or on days 30 and 90; None: never."""
    if outcome.first_paid_at is None:
        if subscription.ended_at is not None:
            return None
        due = max(filter(None, (subscription.period_end_at, subscription.resumes_at, now)))
        return due + A_DAY
    if outcome.stayed_90 is not None:
        return None
    return outcome.first_paid_at + (FIRST_CHECK if outcome.stayed_30 is None else SECOND_CHECK)
