"""Accepting an offer on a running subscription, and undoing that: one update each, after a fresh read.

Only what is still missing is changed, so repeating either of them does no harm.
"""

from typing import TYPE_CHECKING

from stripe import Subscription as Answer

from billing import catalog, subscriptions
from billing.client import Client, Part
from billing.translate.change import accepting, restoring
from domain.ids import SubscriptionId
from domain.winback.proposal import UndoSnapshot
from domain.winback.terms import OfferTerms
from flows.failures import Refused
from flows.ports import SubscriptionReading

if TYPE_CHECKING:
    from stripe.params import SubscriptionUpdateParams


class Redemptions(Part):
    """Offers accepted and undone, for the port `OfferBilling`."""

    async def accept(
        self, subscription_id: SubscriptionId, terms: OfferTerms, *, idempotency_key: str
    ) -> SubscriptionReading:
        answer = await _running(self._client, subscription_id)
        changes = accepting(answer.to_dict(), terms)
        return await _update(self._client, answer, changes, "apply an offer", idempotency_key=idempotency_key)

    async def put_back(
        self, subscription_id: SubscriptionId, *, before: UndoSnapshot, terms: OfferTerms, idempotency_key: str
    ) -> SubscriptionReading:
        answer = await _running(self._client, subscription_id)
        changes = restoring(answer.to_dict(), before, terms)
        return await _update(self._client, answer, changes, "take an offer back", idempotency_key=idempotency_key)


async def _running(client: Client, subscription_id: SubscriptionId) -> Answer:
    answer = await subscriptions.read(client, subscription_id)
    if answer.status in {"canceled", "incomplete_expired"}:
        raise Refused(
            "The subscription has ended, and Stripe changes none that has.", fault="request", code="subscription_over"
        )
    return answer


async def _update(
    client: Client, answer: Answer, changes: "SubscriptionUpdateParams", what: str, *, idempotency_key: str
) -> SubscriptionReading:
    if changes:
        changes["expand"] = catalog.READ
        async with client.writing(what):
            answer = await client.v1.subscriptions.update_async(
                answer.id, changes, {"idempotency_key": idempotency_key, "max_network_retries": 0}
            )
    return await subscriptions.reading_of(client, answer)
