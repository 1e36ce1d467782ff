"""Send a win-back email once. If nobody can know whether it was sent, ask a person.

An example of the unclear attempt:

    1. The effect notes that an attempt begins and that the offer's email is `leaving`, in one transaction: from here on
       nobody can hold it. Then it hands the email to the mail server.
    2. The process dies, or the server's answer to DATA is lost: the email may have been sent.
    3. The next attempt sees `attempt_started_at`, sends nothing, and sets `email_state` to "unclear".
    4. `AlertUnclearEmail` asks in the approvals channel whether the email arrived.
    5. "It arrived" makes the offer `sent`; "Send again" adds an effect under a new key.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.email import Email
from domain.ids import ChannelId, OfferId
from domain.permissions import Action
from domain.winback.case_card import OfferReminder
from domain.winback.offer_lifetime import reminder_time
from domain.winback.policy import Policy
from domain.winback.proposal import OfferRow
from domain.winback.sending_hours import next_open
from flows.effects import AlertUnclearEmail, EmailOffer
from flows.failures import Refused, Unavailable, Unclear
from flows.outbox.dispatcher import Attempt
from flows.people.staff_permissions import PermissionDenied, StaffPermissions
from flows.ports import Mailer, Staff
from flows.ports.context import Context
from flows.ports.store import UnitOfWork
from flows.winback.offers.begin_to_leave import HERE, begin_to_leave, stay
from flows.winback.offers.compose_email import OfferEmailComposer
from flows.winback.offers.recheck import OfferRecheck
from flows.winback.offers.remind import schedule_reminder
from flows.winback.offers.snapshot import OfferSnapshots
from flows.winback.offers.transitions import ExtraWrites, OfferTransitions, count_failure, failures
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.policy.sending_pause import PauseControl, ensure_not_paused


@dataclass(frozen=True, slots=True, kw_only=True)
class UnclearEmailResolved:
    """A person said that the email arrived, or that it is to be sent again (unless the offer has ended)."""

    offer: OfferRow


@dataclass(frozen=True, slots=True, kw_only=True)
class NoUnclearEmail:
    """There is nothing to resolve any more; `offer` says what became of it, None if there is no such offer."""

    offer: OfferRow | None


@dataclass(frozen=True, slots=True)
class OfferEmails:
    """The work behind `EmailOffer`, and the two buttons that resolve an unclear email."""

    context: Context
    transitions: OfferTransitions
    snapshots: OfferSnapshots
    recheck: OfferRecheck
    policies: ActivePolicy
    pause_control: PauseControl
    permission: StaffPermissions
    composer: OfferEmailComposer
    mailer: Mailer
    approvals: ChannelId

    async def send(self, effect: EmailOffer, attempt: Attempt, now: datetime) -> None:
        """Send the email, unless something blocks it at the last moment or an earlier attempt may have sent it."""
        offer = await self.transitions.due(effect.offer_id, "sending")
        if offer is None or offer.email_state not in HERE:
            return
        if attempt.row.attempt_started_at is not None:
            await self._unclear(offer, attempt, now=now)
            return
        await ensure_not_paused(self.pause_control)
        if now >= offer.expires_at:
            await self.transitions.give_up(offer.id, "over", why="expired", now=now)
            return
        policy = self.policies.current
        opens_at = _opens_at(policy, now)
        if opens_at > now:
            async with self.context.store.begin() as unit:
                await unit.outbox.add(EmailOffer(offer.id), key=email_key(offer, at=opens_at), due_at=opens_at)
                await unit.commit()
            return
        try:
            async with self.transitions.failing(offer.id, now=now):
                email = await self._email(offer, attempt, policy, now=now)
                if email is None or not await self._hand_over(offer.id, email, attempt):
                    return
        except Unclear:
            if not attempt.began:
                raise
            await self._unclear(offer, attempt, now=now)
            return
        try:
            await self.transitions.change(
                offer.id,
                lambda row: _as_sent(row, policy, now),
                who="winback",
                action="email_offer",
                now=now,
                also=_plan_reminder(policy, now),
            )
        except Unavailable as fault:
            raise Unclear(f"the email was sent, but that could not be stored: {fault.why}") from fault

    async def resolve_email(
        self, *, requester: Staff, offer_id: OfferId, arrived: bool, now: datetime
    ) -> UnclearEmailResolved | NoUnclearEmail | PermissionDenied:
        """Store whether an unclear email arrived; if it didn't, send it again."""
        denial = await self.permission.denial(requester, Action.RESOLVE_EMAIL, whom=str(offer_id), now=now)
        if denial is not None:
            return denial
        policy = self.policies.current

        def settle(row: OfferRow) -> OfferRow | None:
            if row.email_state != "unclear":
                return None
            if arrived:
                return _as_sent(row, policy, now)
            return replace(count_failure(row, "email"), email_state="waiting")

        async def go_on(unit: UnitOfWork, row: OfferRow) -> None:
            if arrived:
                await _plan_reminder(policy, now)(unit, row)
            elif row.state == "sending":
                await unit.outbox.add(
                    EmailOffer(row.id), key=email_key(count_failure(row, "email"), at=None), due_at=now
                )
            else:
                await unit.budgets.free_slot(row.id)

        action = Action.RESOLVE_EMAIL.value
        settled = await self.transitions.change(offer_id, settle, who=requester.id, action=action, now=now, also=go_on)
        return (
            NoUnclearEmail(offer=await self.transitions.read(offer_id))
            if settled is None
            else UnclearEmailResolved(offer=settled)
        )

    async def _hand_over(self, offer_id: OfferId, email: Email, attempt: Attempt) -> bool:
        """Hand an email to the mail server; False: the offer was held or withdrawn before it began to leave."""
        try:
            if not await begin_to_leave(offer_id, attempt):
                return False
            await self.mailer.send(email)
        except (Refused, Unavailable):
            if attempt.began:
                await stay(offer_id, self.context.store)
            raise
        return True

    async def _unclear(self, offer: OfferRow, attempt: Attempt, *, now: datetime) -> None:
        """Let a person find out whether the email arrived; it is never sent again automatically."""

        async def ask(unit: UnitOfWork, row: OfferRow) -> None:
            question = AlertUnclearEmail(row.id, self.approvals)
            await unit.outbox.add(question, key=f"unclear:{attempt.row.id}", due_at=now)

        def unclear(row: OfferRow) -> OfferRow | None:
            return replace(row, email_state="unclear") if row.email_state in HERE else None

        try:
            await self.transitions.change(offer.id, unclear, who="winback", action="email_offer", now=now, also=ask)
        except Unavailable as fault:
            raise Unclear(
                f"it is unclear whether the email was sent, and that could not be stored: {fault.why}"
            ) from fault

    async def _email(self, offer: OfferRow, attempt: Attempt, policy: Policy, *, now: datetime) -> Email | None:
        """Return the email from fresh reads; None: something blocks it, and the offer was stopped."""
        snapshot = await self.snapshots.read(offer)
        why = await self.snapshots.blocker(offer, snapshot)
        if why is not None:
            await self.transitions.give_up(offer.id, "stopped", why=why, now=now)
            return None
        if await self.recheck.passed(offer, now=now) is None:
            return None
        return await self.composer.compose(
            offer, snapshot, policy, message_id=str(attempt.row.id), reminds_of=None, now=now
        )


def email_key(offer: OfferRow, *, at: datetime | None) -> str:
    """Return the key of the effect that sends an email at once, or when the sending hours permit."""
    return f"mail:{offer.id}:{failures(offer, 'email')}:{at.isoformat() if at else 'now'}"


def _opens_at(policy: Policy, now: datetime) -> datetime:
    if policy.zone is None:
        raise Unavailable("TIMEZONE is not set, so nobody knows when emails may be sent")
    return next_open(policy.limits.hours, policy.zone, now)


def _as_sent(row: OfferRow, policy: Policy, now: datetime) -> OfferRow:
    """Return the offer with its email sent and its reminder planned, whatever became of it in that moment."""
    sent = replace(row, email_state="sent", sent_at=row.sent_at or now)
    if row.state != "sending":
        return sent
    at = reminder_time(policy, sent_at=now, expires_at=row.expires_at)
    planned = OfferReminder(state="planned", at=at) if at is not None else None
    return replace(sent, state="sent", reminder=planned)


def _plan_reminder(policy: Policy, now: datetime) -> ExtraWrites:
    """Return what schedules the reminder of an email that was just sent."""

    async def plan(unit: UnitOfWork, row: OfferRow) -> None:
        reminder = _as_sent(row, policy, now).reminder
        if reminder is not None:
            await schedule_reminder(unit, row.id, at=reminder.at)

    return plan
