"""A proposal's message in Slack: for the people who decide, and later for what became of it."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from domain.billing.subscription import Customer
from domain.ids import ProposalId, StaffId
from domain.winback.case_card import CaseCard
from domain.winback.offer_lifetime import reminder_time
from domain.winback.policy import Policy
from domain.winback.proposal import ProposalRow, ProposalView, WaitingProposals
from domain.winback.sending_hours import is_open
from flows.cancellations.publish_card import CardPublisher
from flows.effects import PostRewording, RemindApprovals, ShowProposal
from flows.failures import Refused, Unavailable
from flows.outbox.dispatcher import Attempt
from flows.outbox.message_updates import proposal_key
from flows.ports.context import Context
from flows.winback.offers.compose_email import offer_email
from flows.winback.offers.create import OfferCreation
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.proposals.lifecycle import needs_two_approvals

NOBODY = StaffId("")
A_PAGE = 20
HIDDEN = "…"
"""Replaces an email's own links and code: only the customer may see those."""


@dataclass(frozen=True, slots=True)
class ProposalPublisher:
    """The work behind `ShowProposal`, `PostRewording` and `RemindApprovals`."""

    context: Context
    policies: ActivePolicy
    offer_creation: OfferCreation
    card_publisher: CardPublisher

    async def show(self, effect: ShowProposal, attempt: Attempt, now: datetime) -> None:
        """Post or edit a proposal's message; a deleted one is posted again only while the proposal is open."""
        view = await self.view(effect.proposal_id, now=now)
        approvals = self.context.settings.approvals
        if view is None or approvals is None:
            return
        edit = partial(self.context.chat.edit_proposal, view)
        if await attempt.edit(edit) or (view.proposal.state != "open" and attempt.row.attempt_started_at is None):
            return
        await attempt.post(partial(self.context.chat.post_proposal, view), edit=edit, near=approvals)

    async def post_rewording(self, effect: PostRewording, attempt: Attempt, now: datetime) -> None:
        """Reply once under a proposal that waits for a decision that only the words of its email were changed."""
        async with self.context.store.read() as unit:
            proposal = await unit.proposals.get(effect.proposal_id)
            row = await unit.outbox.by_key(proposal_key(effect.proposal_id))
        if proposal is None or proposal.reworded is None or proposal.state != "open":
            return
        if row is None or row.place is None:
            raise Unavailable("the proposal is not posted yet")
        sentence = self.context.wording.rewording_text(proposal)
        try:
            await attempt.post_once(partial(self.context.chat.reply, sentence, under=row.place), near=row.place)
        except Refused as refused:
            if refused.code != "thread_not_found":
                raise
            # The message was deleted; a new one is posted where the change is shown as well.

    async def remind(self, effect: RemindApprovals, attempt: Attempt, now: datetime) -> None:
        """List what waits for a decision; if nothing does, post nothing."""
        waiting = await self.waiting(now=now)
        if not waiting.listed and attempt.row.attempt_started_at is None:
            return
        await attempt.post_once(partial(self.context.chat.remind, waiting, to=effect.to), near=effect.to)

    async def view(self, proposal_id: ProposalId, *, now: datetime) -> ProposalView | None:
        """Return everything that a proposal's message shows now; Stripe is read only for an open one.

        None if there is no such proposal, or its person is in the holdout, so nobody may see it.
        """
        async with self.context.store.read() as unit:
            proposal = await unit.proposals.get(proposal_id)
        if proposal is None or proposal.state == "held_out":
            return None
        customer = await self._customer(proposal) if self._has_email(proposal) else None
        return await self._view(proposal, customer, now=now)

    async def waiting(self, *, now: datetime, page: int = 1) -> WaitingProposals:
        """Return the open proposals that aren't snoozed, twenty a page, without the emails' texts.

        A page that doesn't exist is the last one.
        """
        async with self.context.store.read() as unit:
            total, charges = await unit.proposals.count_waiting(now=now)
            pages = max(1, -(-total // A_PAGE))
            page = min(max(page, 1), pages)
            first = (page - 1) * A_PAGE
            listed = await unit.proposals.waiting(now=now, first=first, limit=A_PAGE)
        return WaitingProposals(
            listed=tuple(listed), first=first, total=total, charges=charges, more=page + 1 if page < pages else None
        )

    async def _view(self, proposal: ProposalRow, customer: Customer | None, *, now: datetime) -> ProposalView | None:
        card = await self.card_publisher.card(proposal.case_id, now=now)
        if card is None:
            return None
        policy = self.policies.current
        async with self.context.store.read() as unit:
            return ProposalView(
                proposal=proposal,
                offer=await unit.offers.by_proposal(proposal.id),
                card=card,
                customer=customer,
                earlier=tuple(await unit.budgets.earlier(proposal.person_id, apart_from=proposal.id)),
                email_text=self._email_text(proposal, card, customer, policy, now=now) if customer else None,
                remind_at=self._remind_at(proposal, policy, now=now) if self._has_email(proposal) else None,
                needs_second=proposal.overrides is not None
                or needs_two_approvals(proposal.draft.terms, policy, await unit.cases.median_monthly()),
            )

    def _has_email(self, proposal: ProposalRow) -> bool:
        by_email = proposal.draft.terms.way != "call" and not proposal.by_link
        return proposal.state == "open" and by_email and self.context.writer is not None

    def _remind_at(self, proposal: ProposalRow, policy: Policy, *, now: datetime) -> datetime | None:
        """Return when a reminder would follow if the proposal were approved now, or None."""
        offer = self.offer_creation.offer(proposal, NOBODY, policy, person_id=proposal.person_id, now=now)
        return reminder_time(policy, sent_at=offer.send_at, expires_at=offer.expires_at)

    async def _customer(self, proposal: ProposalRow) -> Customer | None:
        """Return the email's recipient; if Stripe refuses, the message is shown without the email."""
        try:
            return await self.context.billing.read_customer(proposal.customer_id)
        except Refused as refused:
            if refused.fault == "credential":
                raise Unavailable(f"the customer could not be read: {refused.why}") from refused
            return None

    def _email_text(
        self, proposal: ProposalRow, card: CaseCard, customer: Customer, policy: Policy, *, now: datetime
    ) -> str | None:
        if self.context.writer is None or customer.deleted:
            return None
        content = offer_email(
            self.offer_creation.offer(proposal, NOBODY, policy, person_id=proposal.person_id, now=now),
            case=card.case,
            customer=customer,
            plan=card.facts.plan,
            policy=policy,
            offer_url=f"{self.context.settings.public_url}/o/{HIDDEN}",
            unsubscribe_url=f"{self.context.settings.public_url}/u/{HIDDEN}",
        )
        return self.context.writer.offer(content, message_id=HIDDEN).text


@dataclass(frozen=True, slots=True)
class ApprovalReminders:
    """The job that schedules the reminder of the day."""

    context: Context
    policies: ActivePolicy

    async def remind(self, now: datetime) -> None:
        """Schedule today's reminder once the sending hours have begun."""
        policy = self.policies.current
        limits, zone = policy.limits, policy.zone or ZoneInfo("UTC")
        if self.context.settings.approvals is None or not is_open(limits.hours, zone, now):
            return
        day = now.astimezone(zone).date().isoformat()
        key = f"remind:{day}"
        async with self.context.store.read() as unit:
            if await unit.outbox.by_key(key) is not None:
                return
        async with self.context.store.begin() as unit:
            await unit.outbox.add(RemindApprovals(day, self.context.settings.approvals), key=key, due_at=now)
            await unit.commit()
