"""Reading more for a case: what was paid so far, and why a payment failed for good."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.cancellations.stored_case import Enrichment, Facts
from domain.ids import SubscriptionId
from flows.effects import EnrichCase
from flows.failures import Unavailable, ignore_missing
from flows.outbox.dispatcher import Attempt
from flows.outbox.message_updates import CardUpdates
from flows.ports import FailedPayment
from flows.ports.context import Context


@dataclass(frozen=True, slots=True)
class CaseEnrichment:
    """Runs `EnrichCase`."""

    context: Context
    cards: CardUpdates

    async def enrich(self, effect: EnrichCase, attempt: Attempt, now: datetime) -> None:
        """Read it from Stripe, store it with the case and show it; without it if Stripe no longer knows the object."""
        with ignore_missing():
            await self._enrich(effect, attempt, now=now)

    async def _enrich(self, effect: EnrichCase, attempt: Attempt, *, now: datetime) -> None:
        async with self.context.store.look() as unit:
            outlines = await unit.cases.outlines([effect.case_id])
        if not outlines or outlines[0].case.silent or outlines[0].case.episode.state == "withdrawn":
            return
        case, facts = outlines[0].case, outlines[0].facts
        paid = await self.context.billing.paid_so_far(
            case.subscription_id, currency=facts.value.now.currency, until=case.episode.newest_at
        )
        failed = None
        if case.episode.cancellation.kind == "payment_failed":
            failed = await self._failed_payment(case.subscription_id, facts)
        async with self.context.store.begin(cause=attempt.row.cause) as unit:
            read = Enrichment(
                paid=paid,
                decline_code=failed.code if failed else None,
                payment_method=failed.method if failed else None,
            )
            enriched = replace(case, enrichment=read)
            if not await unit.cases.save(enriched):
                raise Unavailable("the case changed while its payments were read")
            await self.cards.schedule(unit, enriched, now=now)
            await attempt.finish(unit)
            await unit.commit()

    async def _failed_payment(self, subscription_id: SubscriptionId, facts: Facts) -> FailedPayment | None:
        invoice_id = facts.latest_invoice_id
        if invoice_id is None:  # its row may be older than this field
            reading = await self.context.billing.read_subscription(subscription_id)
            invoice_id = reading.subscription.latest_invoice_id
        return None if invoice_id is None else await self.context.billing.failed_payment(invoice_id)
