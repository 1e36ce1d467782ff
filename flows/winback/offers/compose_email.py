"""Compose the email of an offer, and the reminder of it."""

from dataclasses import dataclass
from datetime import datetime

from domain.billing.subscription import Customer
from domain.cancellations.stored_case import Case
from domain.email import Email, OfferEmail
from domain.ids import LinkId, OfferId
from domain.keyring import token_digest
from domain.winback.policy import Policy
from domain.winback.proposal import OfferRow
from flows.failures import Refused
from flows.ports import EmailWriter
from flows.ports.context import Context
from flows.ports.store import UnsubscribeRow
from flows.winback.offers.snapshot import OfferSnapshot


@dataclass(frozen=True, slots=True)
class OfferEmailComposer:
    """Writes an offer's email, with links that only the customer may see."""

    context: Context
    writer: EmailWriter

    async def compose(
        self,
        offer: OfferRow,
        snapshot: OfferSnapshot,
        policy: Policy,
        *,
        message_id: str,
        reminds_of: datetime | None,
        now: datetime,
    ) -> Email:
        """Return the email, or the reminder of one that was sent; raises Refused if no address is on file any more."""
        if snapshot.customer.email is None:
            raise Refused("the customer no longer has an email address", fault="request", code="no_address")
        content = offer_email(
            offer,
            case=snapshot.case,
            customer=snapshot.customer,
            plan=self.context.wording.plan(snapshot.subscription),
            policy=policy,
            offer_url=self._url("o", offer.id, "offer", offer.key_id),
            unsubscribe_url=await self._unsubscribe_url(offer, now=now),
            reminds_of=reminds_of,
        )
        return self.writer.offer(content, message_id=message_id)

    async def _unsubscribe_url(self, offer: OfferRow, *, now: datetime) -> str:
        async with self.context.store.begin() as unit:
            row = await unit.people.unsubscribe_of(offer.person_id)
            if row is None:
                link_id, key_id = LinkId(self.context.new_id()), self.context.keyring.current
                digest = token_digest(self.context.keyring.link_token(link_id, "unsubscribe", key_id))
                row = UnsubscribeRow(
                    id=link_id, token_digest=digest, key_id=key_id, person_id=offer.person_id, made_at=now
                )
                await unit.people.add_unsubscribe(row)
                await unit.commit()
        return self._url("u", row.id, "unsubscribe", row.key_id)

    def _url(self, path: str, link_id: OfferId | LinkId, purpose: str, key_id: str) -> str:
        token = self.context.keyring.link_token(link_id, purpose, key_id)
        return f"{self.context.settings.public_url}/{path}/{token}"


def offer_email(
    offer: OfferRow,
    *,
    case: Case,
    customer: Customer,
    plan: str,
    policy: Policy,
    offer_url: str,
    unsubscribe_url: str,
    reminds_of: datetime | None = None,
) -> OfferEmail:
    """Return an offer's email; a rule that still exists may have its own text."""
    rule = policy.rule(offer.rule) if offer.rule is not None else None
    step = rule.steps[offer.step] if rule and offer.step is not None and offer.step < len(rule.steps) else None
    return OfferEmail(
        customer=customer,
        terms=offer.terms,
        plan=plan,
        reason=case.episode.cancellation.feedback,
        kind=case.kind,
        note=offer.note,
        subject=step.subject if step else None,
        text=step.text if step else None,
        offer_url=offer_url,
        unsubscribe_url=unsubscribe_url,
        code=offer.code,
        expires_at=offer.expires_at,
        reminds_of=reminds_of,
    )
