"""Send the one reminder of an offer that is about to end. It is never sent twice, whatever crashes.

An example of a crash:

    1. The offer's reminder is `planned`. Everything is checked, then it becomes `unclear` in a transaction of its own.
    2. The email is handed to the mail server, and the process is killed.
    3. The next attempt finds `unclear` and sends nothing. The card says that a reminder may have been sent.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from domain.email import Email
from domain.ids import OfferId
from domain.winback.case_card import OfferReminder
from domain.winback.policy import Policy
from domain.winback.proposal import OfferRow
from domain.winback.sending_hours import next_open
from domain.winback.terms import OfferTerms
from flows.effects import RemindOffer
from flows.failures import Refused, Unavailable, Unclear
from flows.outbox.dispatcher import Attempt
from flows.ports import Mailer
from flows.ports.store import UnitOfWork
from flows.winback.offers.compose_email import OfferEmailComposer
from flows.winback.offers.recheck import APPROVER_GONE, OfferRecheck
from flows.winback.offers.snapshot import OfferSnapshots
from flows.winback.offers.transitions import OfferTransitions
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.policy.sending_pause import PauseControl, ensure_not_paused

TOO_LATE = "too_late"


async def schedule_reminder(unit: UnitOfWork, offer_id: OfferId, *, at: datetime) -> None:
    """Have an offer's reminder sent at a time; asked for again, nothing is added."""
    await unit.outbox.add(RemindOffer(offer_id), key=f"remind-offer:{offer_id}:{at.isoformat()}", due_at=at)


@dataclass(frozen=True, slots=True)
class OfferReminders:
    """The work behind `RemindOffer`."""

    transitions: OfferTransitions
    snapshots: OfferSnapshots
    recheck: OfferRecheck
    policies: ActivePolicy
    pause_control: PauseControl
    composer: OfferEmailComposer
    mailer: Mailer

    async def remind(self, effect: RemindOffer, attempt: Attempt, now: datetime) -> None:
        """Send the reminder of an open offer, checked like its email; if a check fails, the offer still stands.

        It waits while sending is paused and outside the sending hours, but never past the end of the offer.
        """
        offer = await self.transitions.read(effect.offer_id)
        if offer is None or offer.state != "sent" or offer.reminder is None or offer.reminder.state != "planned":
            return
        policy = self.policies.current
        opens_at = next_open(policy.limits.hours, policy.zone, now) if policy.zone is not None else None
        if opens_at is None or opens_at >= offer.expires_at:
            await self._stop(offer, TOO_LATE if opens_at is not None else "no_zone", now=now)
            return
        await ensure_not_paused(self.pause_control)
        if opens_at > now:
            await self._put_off(offer, until=opens_at, now=now)
            return
        try:
            email = await self._email(offer, policy, message_id=str(attempt.row.id), now=now)
        except Refused as refused:
            await self._stop_unless_credential(offer, refused, now=now)
            return
        if isinstance(email, str):
            await self._stop(offer, email, now=now)
        elif await self._change(offer, "planned", "unclear", now=now):
            await self._send(offer, email, now=now)

    async def _send(self, offer: OfferRow, email: Email, *, now: datetime) -> None:
        try:
            await self.mailer.send(email)
        except Refused as refused:
            await self._change(offer, "unclear", "planned", now=now)
            await self._stop_unless_credential(offer, refused, now=now)
        except Unavailable:
            await self._change(offer, "unclear", "planned", now=now)
            raise
        except Unclear:
            return
        else:
            await self._change(offer, "unclear", "sent", now=now)

    async def _email(self, offer: OfferRow, policy: Policy, *, message_id: str, now: datetime) -> Email | str:
        """Return the reminder from fresh reads, or the code of what blocks it."""
        async with self.transitions.context.store.read() as unit:
            proposal = await unit.proposals.get(offer.proposal_id)
        if proposal is None:
            return "no_proposal"
        if await self.recheck.gone(offer, proposal):
            return APPROVER_GONE
        snapshot = await self.snapshots.read(offer)
        why = await self.snapshots.blocker(offer, snapshot)
        if why is not None:
            return why
        terms = await self.recheck.blockers(offer, proposal, now=now)
        if not isinstance(terms, OfferTerms):
            return terms
        anew = replace(offer, terms=terms.charged_as(offer.terms))  # its days move with the day
        return await self.composer.compose(
            anew, snapshot, policy, message_id=message_id, reminds_of=offer.sent_at, now=now
        )

    async def _put_off(self, offer: OfferRow, *, until: datetime, now: datetime) -> None:
        async def again(unit: UnitOfWork, row: OfferRow) -> None:
            await schedule_reminder(unit, row.id, at=until)

        def later(row: OfferRow) -> OfferRow | None:
            return _reminded(row, "planned", "planned", at=until)

        await self.transitions.change(offer.id, later, who="winback", action="remind_offer", now=now, also=again)

    async def _stop(self, offer: OfferRow, why: str, *, now: datetime) -> None:
        await self._change(offer, "planned", "stopped", why=why, now=now)

    async def _stop_unless_credential(self, offer: OfferRow, refused: Refused, *, now: datetime) -> None:
        """Stop the reminder with what was refused; raise a rejected credential, which is not the reminder's fault."""
        if refused.fault == "credential":
            raise refused
        await self._stop(offer, refused.code, now=now)

    async def _change(
        self,
        offer: OfferRow,
        before: Literal["planned", "unclear"],
        after: Literal["planned", "sent", "unclear", "stopped"],
        *,
        why: str | None = None,
        now: datetime,
    ) -> bool:
        changed = await self.transitions.change(
            offer.id,
            lambda row: _reminded(row, before, after, at=now, why=why),
            who="winback",
            action="remind_offer",
            now=now,
        )
        return changed is not None


def _reminded(
    row: OfferRow,
    before: Literal["planned", "unclear"],
    after: Literal["planned", "sent", "unclear", "stopped"],
    *,
    at: datetime,
    why: str | None = None,
) -> OfferRow | None:
    """Return the offer with another state of its reminder, or None if the reminder isn't as before.

    Nothing is sent any more once the customer has answered.
    """
    if row.reminder is None or row.reminder.state != before or (before == "planned" and row.state != "sent"):
        return None
    return replace(row, reminder=OfferReminder(state=after, at=at, why=why))
