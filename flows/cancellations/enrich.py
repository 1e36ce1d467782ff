"""Reading more for a case: what was paid so far, and why a payment failed for good."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.cancellations.stored_case import Enrichment
from flows.effects import EnrichCase
from flows.failures import Unavailable, ignore_missing
from flows.outbox.dispatcher import Attempt
from flows.outbox.message_updates import CardUpdates
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
        async with self.context.store.read() as unit:
            case = await unit.cases.get(effect.case_id)
        if case is None or case.silent or case.episode.state == "withdrawn":
            return
        subscription = (await self.context.billing.read_subscription(case.subscription_id)).subscription
        paid = await self.context.billing.paid_so_far(
            subscription.id, currency=subscription.currency, until=case.episode.newest_at
        )
        failed = None
        if case.episode.cancellation.kind == "payment_failed" and subscription.latest_invoice_id:
            failed = await self.context.billing.failed_payment(subscription.latest_invoice_id)
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
            await unit.commit()
