"""Emails after acceptance: what was agreed, and that billing restarts after a pause."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.email import ConfirmationEmail, RestartEmail
from flows.effects import EmailConfirmation, EmailRestart
from flows.failures import Refused
from flows.outbox.dispatcher import Attempt
from flows.ports import EmailWriter, Mailer
from flows.ports.context import Context
from flows.winback.offers.page import OfferPages
from flows.winback.offers.transitions import OfferTransitions

DAY = timedelta(days=1)
"""Collection resumes shortly before the first invoice; if they are further apart, somebody changed the pause."""


@dataclass(frozen=True, slots=True)
class ConfirmationEmails:
    """The work behind `EmailConfirmation` and `EmailRestart`.

    If it is unclear whether an email was sent, it is sent again with the same message id: a second copy does no harm.
    """

    context: Context
    transitions: OfferTransitions
    pages: OfferPages
    writer: EmailWriter
    mailer: Mailer

    async def email_confirmation(self, effect: EmailConfirmation, attempt: Attempt, now: datetime) -> None:
        """Send the agreed terms, with *Undo* while it is possible; nothing if it was undone."""
        offer = await self.transitions.read(effect.offer_id)
        if offer is None or offer.state != "accepted":
            return
        customer = await self.context.billing.read_customer(offer.customer_id)
        if customer.email is None and offer.email_state == "none":
            return  # they were given the link, and their page says what they accepted
        if customer.email is None:
            raise Refused("the customer no longer has an email address", fault="request", code="no_address")
        undo = offer.undo_until is not None and now < offer.undo_until
        token = self.context.keyring.link_token(offer.id, "undo", offer.key_id)
        email = self.writer.confirmation(
            ConfirmationEmail(
                customer=customer,
                terms=offer.terms,
                plan=await self.pages.plan_name(offer),
                first_due=offer.promised,
                undo_url=f"{self.context.settings.public_url}/undo/{token}" if undo else None,
                undo_until=offer.undo_until if undo else None,
            ),
            message_id=str(attempt.row.id),
        )
        await attempt.begin()
        await self.mailer.send(email)

    async def email_restart(self, effect: EmailRestart, attempt: Attempt, now: datetime) -> None:
        """Email when billing restarts, unless that was undone, cancelled again or changed."""
        offer = await self.transitions.read(effect.offer_id)
        if offer is None or offer.state != "accepted":
            return
        reading = await self.context.billing.read_subscription(offer.subscription_id)
        subscription, customer = reading.subscription, reading.customer
        restarts_at, resumes_at = offer.terms.restarts_at, subscription.resumes_at
        if restarts_at is None or resumes_at is None or subscription.ends_at is not None:
            return
        if abs(resumes_at - restarts_at) > DAY:
            return
        if customer.email is None:
            raise Refused("the customer no longer has an email address", fault="request", code="no_address")
        email = self.writer.restart(
            RestartEmail(
                customer=customer,
                plan=self.context.wording.plan(subscription),
                restarts_at=restarts_at,
                amount=offer.terms.invoices[0].after,
                tax=offer.terms.tax,
                portal_url=self.context.settings.return_url,
                pays_by_invoice=subscription.pays_by_invoice,
                days_until_due=subscription.days_until_due,
            ),
            message_id=str(attempt.row.id),
        )
        await attempt.begin()
        await self.mailer.send(email)
