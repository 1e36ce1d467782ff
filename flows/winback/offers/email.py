"""A win-back letter goes out, once; where it is unclear whether it did, a person says so."""

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
from flows.winback.offers.snapshot import OfferSnapshot, OfferSnapshots
from flows.winback.offers.transitions import OfferTransitions, count_failure, failures
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.policy.sending_pause import PauseControl

PAUSE_REST = timedelta(seconds=15)
"""How soon a letter that waits is tried again while all sending is paused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnclearEmailResolved:
    """Somebody said what became of a letter: it arrived, or it goes out again (unless the offer ended meanwhile)."""

    offer: OfferRow


@dataclass(frozen=True, slots=True, kw_only=True)
class NoUnclearEmail:
    """Nothing is to be settled any more: the offer as it stands says what became of it; None: there is no such."""

    offer: OfferRow | None


@dataclass(frozen=True, slots=True)
class OfferEmails:
    """The work behind `EmailOffer`, and the two buttons that settle a letter of unclear fate."""

    context: Context
    transitions: OfferTransitions
    snapshots: OfferSnapshots
    policies: ActivePolicy
    pause_control: PauseControl
    permission: StaffPermissions
    writer: EmailWriter
    mailer: Mailer
    approvals: ChannelId

    async def send(self, effect: EmailOffer, attempt: Attempt, now: datetime) -> None:
        """Send the letter, unless something speaks against it at the last moment.

        An earlier attempt that was begun and not noted as failed may have sent it: then nothing is sent.
        """
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
            letter = await self._letter(offer, attempt, policy, now=now)
            if letter is None:
                return
            await attempt.begin()
            await self.mailer.send(letter)
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
                offer.id, lambda row: _handed_over(row, now), who="winback", action="email_offer", now=now
            )
        except Unavailable as fault:
            raise Unclear(f"the letter was handed over, and that could not be noted: {fault.why}") from fault

    async def resolve_email(
        self, *, requester: Staff, offer_id: OfferId, arrived: bool, now: datetime
    ) -> UnclearEmailResolved | NoUnclearEmail | PermissionDenied:
        """Take a person's word for what became of a letter: it arrived, or it is sent again."""
        denial = await self.permission.denial(requester, Action.RESOLVE_EMAIL, whom=str(offer_id), now=now)
        if denial is not None:
            return denial

        def settle(row: OfferRow) -> OfferRow | None:
            if row.email_state != "unclear":
                return None
            if arrived:
                return _handed_over(row, now)
            return replace(count_failure(row, "letter"), email_state="waiting")

        async def send_again(unit: UnitOfWork, row: OfferRow) -> None:
            if not arrived and row.state == "sending":
                await unit.outbox.add(
                    EmailOffer(row.id), key=email_key(count_failure(row, "letter"), at=None), due_at=now
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
        """Leave it to a person whether the letter arrived; it is never sent again by itself."""

        async def ask(unit: UnitOfWork, row: OfferRow) -> None:
            question = AlertUnclearEmail(row.id, self.approvals)
            await unit.outbox.add(question, key=f"unclear:{attempt.row.id}", due_at=now)

        def unclear(row: OfferRow) -> OfferRow | None:
            return replace(row, email_state="unclear") if row.email_state == "waiting" else None

        try:
            await self.transitions.change(offer.id, unclear, who="winback", action="email_offer", now=now, also=ask)
        except Unavailable as fault:
            raise Unclear(
                f"whether the letter was handed over is unclear, and that could not be noted: {fault.why}"
            ) from fault

    async def _letter(self, offer: OfferRow, attempt: Attempt, policy: Policy, *, now: datetime) -> Email | None:
        """Write the letter on fresh reads; None: something speaks against it, and the offer was stopped."""
        snapshot = await self.snapshots.read(offer)
        why = _against(offer, snapshot)
        if why is not None:
            await self.transitions.give_up(offer.id, "stopped", why=why, now=now)
            return None
        if snapshot.customer.email is None:
            raise Refused("the customer has no address on file any more", fault="request", code="no_address")
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
    """Go on unless somebody has paused all sending; raises Unavailable, so that what was begun is tried again."""
    pause = await pause_control.paused()
    if pause is not None:
        raise Unavailable(f"all sending was paused by {pause.by}", retry_after=PAUSE_REST)


def email_key(offer: OfferRow, *, at: datetime | None) -> str:
    """Name the one effect by which a letter goes out, for each time it may: at once, or when the hours permit."""
    return f"mail:{offer.id}:{failures(offer, 'letter')}:{at.isoformat() if at else 'now'}"


def offer_email(
    offer: OfferRow, *, case: Case, customer: Customer, plan: str, policy: Policy, offer_url: str, unsubscribe_url: str
) -> OfferEmail:
    """Say what an offer's letter says; a rule that is still there may have words of its own."""
    rule = policy.rule(offer.rule) if offer.rule is not None else None
    step = rule.steps[offer.step] if rule and offer.step is not None and offer.step < len(rule.steps) else None
    return OfferEmail(
        customer=customer,
        terms=offer.terms,
        plan=plan,
        reason=case.episode.cancellation.feedback,
        kind=case.episode.cancellation.kind,
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
        raise Unavailable("TIMEZONE is not set: it is not known when it is day for a letter")
    return next_open(policy.limits.hours, policy.zone, now)


def _against(offer: OfferRow, snapshot: OfferSnapshot) -> str | None:
    """Say what speaks against a letter that was approved and checked a moment ago."""
    if snapshot.back:
        return "back"
    if snapshot.suppressed:
        return "suppressed"
    if snapshot.case.episode.state == "withdrawn":
        return "withdrawn"
    return None if snapshot.phase == offer.terms.phase else "phase"


def _handed_over(row: OfferRow, now: datetime) -> OfferRow:
    """Note that a letter went out, whatever became of the offer in that moment."""
    state = "sent" if row.state == "sending" else row.state
    return replace(row, state=state, email_state="sent", sent_at=row.sent_at or now)
