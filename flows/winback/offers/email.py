"""Send a win-back email once. If nobody can know whether it was sent, ask a person.

An example of the unclear attempt:

    1. The effect notes that an attempt begins (`attempt.begin`), then hands the email to the mail server.
    2. The process dies, or the server's answer to DATA is lost: the email may have been sent.
    3. The next attempt sees `attempt_started_at`, sends nothing, and sets `email_state` to "unclear".
    4. `AlertUnclearEmail` asks in the approvals channel whether the email arrived.
    5. "It arrived" makes the offer `sent`; "Send again" adds an effect under a new key.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.billing.subscription import Customer
from domain.cancellations.stored_case import Case
from domain.email import Email, OfferEmail
from domain.ids import ChannelId, LinkId, OfferId
from domain.keyring import token_digest
from domain.permissions import Action
from domain.winback.policy import Policy
from domain.winback.proposal import OfferRow
from domain.winback.sending_hours import next_open
from flows.effects import AlertUnclearEmail, EmailOffer
from flows.failures import Refused, Unavailable, Unclear
from flows.outbox.dispatcher import Attempt
from flows.people.staff_permissions import PermissionDenied, StaffPermissions
from flows.ports import EmailWriter, Mailer, Staff
from flows.ports.context import Context
from flows.ports.store import UnitOfWork, UnsubscribeRow
from flows.winback.offers.recheck import OfferRecheck
from flows.winback.offers.snapshot import OfferSnapshots
from flows.winback.offers.transitions import OfferTransitions, count_failure, failures
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.policy.sending_pause import PauseControl
from flows.winback.policy.stripe_refusals import preview_refusal

PAUSE_REST = timedelta(seconds=15)
"""How soon a waiting email is tried again while all sending is paused."""


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
    writer: EmailWriter
    mailer: Mailer
    approvals: ChannelId

    async def send(self, effect: EmailOffer, attempt: Attempt, now: datetime) -> None:
        """Send the email, unless something blocks it at the last moment or an earlier attempt may have sent it."""
        offer = await self.transitions.due(effect.offer_id, "sending")
        if offer is None or offer.email_state != "waiting":
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
            email = await self._email(offer, attempt, policy, now=now)
            if email is None:
                return
            await attempt.begin()
            await self.mailer.send(email)
        except Refused as refused:
            await self.transitions.fail(offer.id, refused, now=now)
            raise
        except Unclear:
            if not attempt.began:
                raise
            await self._unclear(offer, attempt, now=now)
            return
        try:
            await self.transitions.change(
                offer.id, lambda row: _as_sent(row, now), who="winback", action="email_offer", now=now
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

        def settle(row: OfferRow) -> OfferRow | None:
            if row.email_state != "unclear":
                return None
            if arrived:
                return _as_sent(row, now)
            return replace(count_failure(row, "email"), email_state="waiting")

        async def send_again(unit: UnitOfWork, row: OfferRow) -> None:
            if not arrived and row.state == "sending":
                await unit.outbox.add(
                    EmailOffer(row.id), key=email_key(count_failure(row, "email"), at=None), due_at=now
                )
            elif not arrived:
                await unit.budgets.free_slot(row.id)

        action = Action.RESOLVE_EMAIL.value
        settled = await self.transitions.change(
            offer_id, settle, who=requester.id, action=action, now=now, also=send_again
        )
        return (
            NoUnclearEmail(offer=await self.transitions.read(offer_id))
            if settled is None
            else UnclearEmailResolved(offer=settled)
        )

    async def _unclear(self, offer: OfferRow, attempt: Attempt, *, now: datetime) -> None:
        """Let a person find out whether the email arrived; it is never sent again automatically."""

        async def ask(unit: UnitOfWork, row: OfferRow) -> None:
            question = AlertUnclearEmail(row.id, self.approvals)
            await unit.outbox.add(question, key=f"unclear:{attempt.row.id}", due_at=now)

        def unclear(row: OfferRow) -> OfferRow | None:
            return replace(row, email_state="unclear") if row.email_state == "waiting" else None

        try:
            await self.transitions.change(offer.id, unclear, who="winback", action="email_offer", now=now, also=ask)
        except Unavailable as fault:
            raise Unclear(
                f"it is unclear whether the email was sent, and that could not be stored: {fault.why}"
            ) from fault

    async def _email(self, offer: OfferRow, attempt: Attempt, policy: Policy, *, now: datetime) -> Email | None:
        """Return the email from fresh reads; None: something blocks it, and the offer was stopped."""
        snapshot = await self.snapshots.read(offer)
        why = snapshot.blocker(offer.terms)
        if why is None:
            refused = await preview_refusal(self.context.offer_billing, offer.subscription_id, offer.terms)
            why = refused.why if refused is not None else None
        if why is not None:
            await self.transitions.give_up(offer.id, "stopped", why=why, now=now)
            return None
        if await self.recheck.passed(offer, now=now) is None:
            return None
        if snapshot.customer.email is None:
            raise Refused("the customer no longer has an email address", fault="request", code="no_address")
        token = self.context.keyring.link_token(offer.id, "offer", offer.key_id)
        content = offer_email(
            offer,
            case=snapshot.case,
            customer=snapshot.customer,
            plan=self.context.wording.plan(snapshot.subscription),
            policy=policy,
            offer_url=f"{self.context.settings.public_url}/o/{token}",
            unsubscribe_url=await self._unsubscribe_url(offer, now=now),
        )
        return self.writer.offer(content, message_id=str(attempt.row.id))

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
        return (
            f"{self.context.settings.public_url}/u/{self.context.keyring.link_token(row.id, 'unsubscribe', row.key_id)}"
        )


async def ensure_not_paused(pause_control: PauseControl) -> None:
    """Raise Unavailable while all sending is paused, so that the effect is tried again."""
    pause = await pause_control.paused()
    if pause is not None:
        raise Unavailable(f"all sending was paused by {pause.by}", retry_after=PAUSE_REST)


def email_key(offer: OfferRow, *, at: datetime | None) -> str:
    """Return the key of the effect that sends an email at once, or when the sending hours permit."""
    return f"mail:{offer.id}:{failures(offer, 'email')}:{at.isoformat() if at else 'now'}"


def offer_email(
    offer: OfferRow, *, case: Case, customer: Customer, plan: str, policy: Policy, offer_url: str, unsubscribe_url: str
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
    )


def _opens_at(policy: Policy, now: datetime) -> datetime:
    if policy.zone is None:
        raise Unavailable("TIMEZONE is not set, so nobody knows when emails may be sent")
    return next_open(policy.limits.hours, policy.zone, now)


def _as_sent(row: OfferRow, now: datetime) -> OfferRow:
    """Return the offer with its email sent, whatever became of the offer in that moment."""
    state = "sent" if row.state == "sending" else row.state
    return replace(row, state=state, email_state="sent", sent_at=row.sent_at or now)
