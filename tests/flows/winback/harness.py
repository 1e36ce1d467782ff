"""The staff side of win-back: real flows on a real store, with a sandbox account at Stripe."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID, uuid4

from billing.stripe_billing import StripeBilling
from billing.webhook import StripeWebhooks
from bot.assembly.flows import Flows
from domain.cancellations.stored_case import Case, Place
from domain.ids import CaseId, ChannelId, EffectId, ProposalId, StaffId, SubscriptionId
from domain.permissions import Role
from domain.winback.case_card import CaseCard
from domain.winback.decision import CaseSnapshot, History
from domain.winback.offer import DiscountOffer, Offer
from domain.winback.policy import Policy, SendingHours
from domain.winback.proposal import EmailState, OfferRow, OfferState, ProposalRow, ProposalView, WaitingProposals
from domain.winback.status import ProposerNews
from flows.effects import (
    EFFECTS,
    Effect,
    EvaluateAllCases,
    EvaluateCase,
    ExpireProposal,
    MentionManagers,
    OutboxRow,
    PostRewording,
    RemindApprovals,
    ShowProposal,
)
from flows.failures import Refused
from flows.outbox.dispatcher import Attempt
from flows.outbox.message_updates import show_proposal
from flows.ports import NotStaff, Staff
from flows.ports.context import Context
from flows.ports.store import AuditEntry
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.policy.budgets import OverBudget
from flows.winback.policy.eligibility import EligibilityChecks, NotEligible
from flows.winback.proposals.answers import DecisionAnswer
from sandbox.server import Sandbox
from sandbox.stripe.ledger import Json
from storage.store import SqlStore
from tests.builders.context import APPROVALS, a_context, only
from tests.builders.stripe import stripe_billing
from tests.domain.winback.leaving_customers import AT_ONCE, limits, policy, rule, step
from tests.flows.cancellations.board import Board

DAY = timedelta(days=1)
AGENT, MONA, MAX, ADA = (
    Staff(id=StaffId(each), team_id="T0WINBACK1") for each in ("U0AGENT001", "U0MANAGER1", "U0MANAGER2", "U0ADMIN001")
)
TWENTY = DiscountOffer(percent=Decimal(20), amount=None, invoices=3)
ALWAYS = SendingHours(start=time(0), end=time(23, 59, 59), weekdays=frozenset(range(7)))
LEASE = timedelta(seconds=90)
LATER = timedelta(seconds=20)
MOST_ATTEMPTS = 4
KINDS: set[type[Effect]] = {
    EvaluateCase,
    EvaluateAllCases,
    ShowProposal,
    PostRewording,
    RemindApprovals,
    ExpireProposal,
    MentionManagers,
}


def rules(*own: Any, **within: Any) -> Policy:
    """Return a policy that may send at any hour, without a holdout; by default it offers a discount at once."""
    bounds = limits(**({"hours": ALWAYS, "holdout": Decimal(0)} | within))
    return policy(*(own or (rule(step(TWENTY, AT_ONCE)),)), within=bounds)


class Roster:
    """The port `Directory`: who has which role now."""

    def __init__(self) -> None:
        self.people: dict[StaffId, frozenset[Role]] = {
            AGENT.id: frozenset({Role.SUPPORT}),
            MONA.id: frozenset({Role.MANAGER}),
            MAX.id: frozenset({Role.MANAGER}),
            ADA.id: frozenset({Role.ADMIN}),
        }

    async def roles(self, staff: Staff) -> frozenset[Role] | NotStaff:
        return self.people.get(staff.id, NotStaff(why="unknown"))

    async def members(self, role: Role) -> frozenset[StaffId]:
        return frozenset(who for who, roles in self.people.items() if role in roles)

    async def name(self, staff_id: StaffId) -> str:
        return staff_id


class ApprovalsBoard(Board):
    """The port `Chat`: what is in the approvals channel is kept as it was last shown."""

    def __init__(self) -> None:
        super().__init__()
        self.proposals: dict[str, ProposalView] = {}
        self.reminders: list[WaitingProposals] = []
        self.alerts: list[str] = []
        self.in_threads: list[str] = []
        self.news: list[tuple[StaffId, ProposerNews]] = []
        self.deleted: set[str] = set()

    async def post_proposal(self, view: ProposalView, *, marker: EffectId) -> Place:
        place = Place(channel=APPROVALS, ts=f"{len(self.proposals)}")
        self.proposals[place.ts] = view
        return place

    async def edit_proposal(self, view: ProposalView, *, place: Place, marker: EffectId) -> None:
        if place.ts in self.deleted:
            raise Refused("the message is gone", fault="destination", code="message_gone")
        self.proposals[place.ts] = view

    async def reply(self, sentence: str, *, under: Place, marker: EffectId) -> Place:
        self.in_threads.append(sentence)
        return Place(channel=under.channel, ts=f"reply {len(self.in_threads)}")

    async def post_undone(self, card: CaseCard, *, under: Place, marker: EffectId) -> Place:
        raise AssertionError("nothing is undone here")

    async def remind(self, waiting: WaitingProposals, *, to: ChannelId, marker: EffectId) -> Place:
        self.reminders.append(waiting)
        return Place(channel=to, ts=f"reminder {len(self.reminders)}")

    async def alert(self, sentence: str, *, to: StaffId | ChannelId, marker: EffectId) -> Place:
        self.alerts.append(sentence)
        return Place(channel=ChannelId(to), ts=f"alert {len(self.alerts)}")

    async def post_accepted(self, card: CaseCard, offer: OfferRow, *, under: Place, marker: EffectId) -> Place:
        raise AssertionError("nobody accepts here")

    async def tell_proposer(self, news: ProposerNews, *, to: StaffId, marker: EffectId) -> Place:
        self.news.append((to, news))
        return Place(channel=ChannelId(to), ts=f"news {len(self.news)}")

    async def ask_about_email(self, view: ProposalView, *, to: ChannelId, marker: EffectId) -> Place:
        raise AssertionError("no emails go out here")


@dataclass(frozen=True, slots=True)
class InterruptedJudging(EligibilityChecks):
    """Reads, after which each of `meanwhile` happens once before anything is done with them."""

    meanwhile: list[Callable[[], Awaitable[object]]]

    async def gather(
        self, case_id: CaseId, policy: Policy, *, now: datetime, apart_from: ProposalId | None = None
    ) -> tuple[CaseSnapshot, History] | None:
        # A class with slots is created again by `dataclass`, so that `super()` without arguments would not find it.
        gathered = await EligibilityChecks.gather(self, case_id, policy, now=now, apart_from=apart_from)
        while self.meanwhile:
            await self.meanwhile.pop()()
        return gathered


class ProposalHarness:
    """All that managers do, and the account that it is done for."""

    def __init__(self, sandbox: Sandbox, store: SqlStore, billing: StripeBilling) -> None:
        self.sandbox, self.account, self.store, self.billing = sandbox, sandbox.stripe, store, billing
        self.policies = ActivePolicy(store, rules(), read=lambda: ())
        self.roster, self.board = Roster(), ApprovalsBoard()
        self.left: list[Effect] = []
        self.kinds = set(KINDS)
        webhooks = StripeWebhooks(secrets=["whsec_unused"])
        self.build(
            a_context(store, billing=billing, webhooks=webhooks, chat=self.board, directory=self.roster, wall=self.now)
        )

    def build(self, context: Context) -> None:
        """Build the flows on a context; effects of other kinds than managers' are left."""
        self.flows = Flows(context, self.policies)
        self.dispatcher = only(self.flows, self.kinds, otherwise=self._leave)

    def interrupt(self, meanwhile: Callable[[], Awaitable[object]]) -> None:
        """Have something happen once between what is read of a case and what is done with it."""
        flows = self.flows
        eligibility = InterruptedJudging(flows.context, flows.eligibility.tracker, [meanwhile])
        registry = flows.dispatcher.registry
        evaluator: Any = replace(cast("Any", registry[EvaluateCase]).__self__, eligibility=eligibility)
        flows.approvals = replace(flows.approvals, eligibility=eligibility)
        flows.drafts = replace(flows.drafts, eligibility=eligibility)
        flows.dispatcher = replace(flows.dispatcher, registry={**registry, EvaluateCase: evaluator.evaluate})
        self.dispatcher = only(self.flows, self.kinds, otherwise=self._leave)

    def settings(self, **changes: Any) -> None:
        """Build the flows again with other settings."""
        context = self.flows.context
        self.build(replace(context, settings=replace(context.settings, **changes)))

    def now(self) -> datetime:
        return self.sandbox.clock.now()

    def follow(self, policy: Policy) -> None:
        """Decide by another policy from now on."""
        self.policies.current = policy

    def begin_on_wednesday(self) -> datetime:
        """Move on to the next Wednesday at ten, for a story that asks for a working day or a time of day."""
        now = self.now()
        wednesday = (now + (7 - (now.weekday() - 2) % 7) * DAY).replace(hour=10, minute=0, second=0, microsecond=0)
        self.sandbox.clock.move_to(wednesday)
        return wednesday

    def pass_time(self, span: timedelta) -> None:
        self.sandbox.clock.advance(span)

    def customer(self, *, fingerprint: str | None = None, **details: Any) -> Json:
        """Make a customer with a card who agreed to get emails."""
        address = f"dana{uuid4().hex[:8]}@scully-mail.com"
        wish = {"name": "Dana Scully", "email": address, "metadata": {"marketing_consent": "yes"}}
        customer = self.account.create_customer(**(wish | details))
        self.account.cards.attach(customer, fingerprint=fingerprint)
        return customer

    def price(self, amount: int = 4900) -> Json:
        return self.account.catalog.add_price(self.account.catalog.add_product("Pro"), amount, "eur")

    async def case(self, subscription: Json) -> Case:
        """Take a subscription in as it is now, and give its newest case."""
        await self.flows.tracker.refresh(SubscriptionId(subscription["id"]), now=self.now())
        async with self.store.read() as unit:
            return (await unit.cases.of_subscription(SubscriptionId(subscription["id"])))[-1]

    async def leaving(
        self, customer: Json | None = None, *, amount: int = 4900, comment: str | None = None, **details: Any
    ) -> tuple[Json, Case]:
        """Subscribe somebody and cancel; they have paid up to the end of the month."""
        subscription = self.account.subscribe(customer or self.customer(), self.price(amount), **details)
        self.pass_time(DAY)
        self.account.portal_cancel(subscription, "too_expensive", comment)
        return subscription, await self.case(subscription)

    async def proposed(self, customer: Json | None = None, *, amount: int = 4900) -> ProposalRow:
        """Let somebody leave, and return what the policy proposes."""
        _, case = await self.leaving(customer, amount=amount)
        await self.work()
        proposal = await self.newest(case.id)
        assert proposal is not None
        assert proposal.state == "open", proposal
        return proposal

    def subscription(self, proposal: ProposalRow) -> Json:
        """Return a proposal's subscription, as it is at Stripe."""
        return self.account.ledger.get("subscription", proposal.subscription_id)

    async def newest(self, case_id: CaseId) -> ProposalRow | None:
        async with self.store.read() as unit:
            rows = await unit.proposals.of_case(case_id)
        return rows[-1] if rows else None

    async def proposal(self, proposal_id: ProposalId) -> ProposalRow:
        async with self.store.read() as unit:
            row = await unit.proposals.get(proposal_id)
        assert row is not None
        return row

    async def offer(self, proposal_id: ProposalId) -> OfferRow | None:
        async with self.store.read() as unit:
            return await unit.offers.by_proposal(proposal_id)

    async def approve(self, proposal: ProposalRow, by: Staff = MONA) -> DecisionAnswer:
        return await self.flows.approvals.approve(
            requester=by, proposal_id=proposal.id, version=proposal.version, now=self.now()
        )

    async def send(
        self, proposal: ProposalRow, *, state: OfferState = "sent", email_state: EmailState = "sent"
    ) -> None:
        """Let the email of an approved proposal be out, or perhaps."""
        offer = await self.offer(proposal.id)
        assert offer is not None
        async with self.store.begin() as unit:
            out = replace(offer, state=state, email_state=email_state, sent_at=self.now())
            assert await unit.offers.save(out)
            await unit.commit()

    async def again(self, proposal: ProposalRow) -> None:
        """Have a proposal's message shown once more."""
        async with self.store.begin() as unit:
            await show_proposal(unit, proposal.id, now=self.now())
            await unit.commit()
        await self.work()

    def month(self) -> str:
        zone = self.policies.current.zone
        return f"{self.now().astimezone(zone):%Y-%m}"

    async def change(self, proposal: ProposalRow, offer: Offer, by: Staff = MONA, **more: Any) -> DecisionAnswer:
        return await self.flows.drafts.change(
            requester=by,
            proposal_id=proposal.id,
            version=proposal.version,
            offer=offer,
            **({"note": None, "send_at": None} | more),
            now=self.now(),
        )

    async def yes(self, proposal: ProposalRow) -> NotEligible | OverBudget | None:
        """Make the offer of a proposal, as the last yes does after all checks."""
        async with self.store.begin() as unit:
            case = await unit.cases.get(proposal.case_id)
            assert case is not None
            approved = replace(proposal, state="approved", decided_by=MONA.id, decided_at=self.now())
            answer = await self.flows.offer_creation.make(
                unit, approved, self.policies.current, case=case, now=self.now()
            )
            if answer is None:
                await unit.commit()
        return answer

    def day(self) -> str:
        return f"{self.now().astimezone(self.policies.current.zone):%Y-%m-%d}"

    def new_id(self) -> UUID:
        return uuid4()

    def shown(self, proposal_id: ProposalId) -> ProposalView:
        """Return what the approvals channel shows of a proposal."""
        (view,) = (view for view in self.board.proposals.values() if view.proposal.id == proposal_id)
        return view

    async def work(self) -> None:
        """Do all that is asked for and due, until nothing is; what is others' work is left."""
        owner = uuid4()
        while rows := await self._claimed(owner):
            for row in rows:
                outcome = await self.dispatcher.dispatch(row, owner=owner, now=self.now())
                if outcome.what == "later":
                    assert row.attempts < MOST_ATTEMPTS, (row.effect, outcome)
                    self.pass_time(LATER)
                else:
                    assert outcome.what == "done", (row.effect, outcome)

    async def spent(self, scope: str) -> dict[str, int]:
        async with self.store.read() as unit:
            return {currency: amount.minor for currency, amount in (await unit.budgets.spent(scope)).items()}

    async def recorded(self, action: str) -> list[AuditEntry]:
        async with self.store.read() as unit:
            entries = [row.entry for row in await unit.audit.rows(after=0, limit=10_000)]
        return [entry for entry in entries if entry.action == action]

    async def _claimed(self, owner: UUID) -> list[OutboxRow]:
        now = self.now()
        async with self.store.begin() as unit:
            rows = [
                row
                for lane in sorted({kind.lane for kind in EFFECTS})
                for row in await unit.outbox.claim(
                    lane, owner=owner, now=now, wall=now, lease=LEASE, limit=8, probing=False
                )
            ]
            await unit.commit()
        return rows

    async def _leave(self, effect: Effect, attempt: Attempt, now: datetime) -> None:
        self.left.append(effect)


@asynccontextmanager
async def harness_on(sandbox: Sandbox, store: SqlStore) -> AsyncIterator[ProposalHarness]:
    """Open a harness on a sandbox and a store."""
    billing = stripe_billing(sandbox, seconds=5)
    try:
        yield ProposalHarness(sandbox, store, billing)
    finally:
        await billing.close()
