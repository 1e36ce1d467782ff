"""The flows of an offer put together on their ports, Stripe's being a sandbox."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import cast
from uuid import uuid4
from zoneinfo import ZoneInfo

from billing.stripe_billing import StripeBilling
from billing.webhook import StripeWebhooks
from domain.ids import ChannelId, ProposalId
from domain.money import Money
from domain.winback.offer import DiscountOffer
from domain.winback.policy import Consent, Limits, Policy, SendingHours
from domain.winback.proposal import ProposalView
from flows.cancellations.publish_card import CardPublisher
from flows.cancellations.track_case import CaseTracker
from flows.effects import (
    AlertTwoSubscriptions,
    AlertUnclearEmail,
    CloseCheckout,
    Effect,
    EmailConfirmation,
    EmailOffer,
    EmailRestart,
    ExpireOffer,
    PostAcceptance,
    PrepareOffer,
    RedeemOffer,
    ShowCard,
    UndoOffer,
)
from flows.outbox.card_updates import CardUpdates
from flows.outbox.dispatcher import Attempt, Dispatcher, EffectRegistry
from flows.outbox.run_now import PATIENCE, InlineDispatcher
from flows.people.staff_permissions import StaffPermissions
from flows.ports import OfferBilling
from flows.winback.offers.accept import OfferAcceptance
from flows.winback.offers.checkout import OfferCheckout
from flows.winback.offers.confirmation_emails import ConfirmationEmails
from flows.winback.offers.create import OfferCreation
from flows.winback.offers.email import OfferEmails
from flows.winback.offers.notify_staff import StaffNotifications
from flows.winback.offers.page import OfferPages
from flows.winback.offers.prepare import OfferPreparation
from flows.winback.offers.redeem import OfferRedemption
from flows.winback.offers.snapshot import OfferSnapshots
from flows.winback.offers.transitions import OfferTransitions
from flows.winback.offers.undo import OfferUndo, UndoPages
from flows.winback.offers.unsubscribe import Unsubscribe
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.policy.eligibility import EligibilityChecks
from flows.winback.policy.sending_pause import PauseControl
from sandbox.server import Sandbox
from tests.databases import KEYRING
from tests.flows.winback.offers.mortal import Fate, MortalStore, Till
from tests.flows.winback.offers.people import Postbox, Roster, Scribe, Wall
from wording.mask import mask_customer
from wording.plan import plan_name, price_name

APPROVALS = ChannelId("C0APPROVE1")
PUBLIC = "https://billing.winback-tests.com"
TWENTY = DiscountOffer(percent=Decimal(20), amount=None, invoices=3)
ALWAYS = SendingHours(start=time(0), end=time(23, 59, 59), weekdays=frozenset(range(7)))
LEASE = timedelta(seconds=90)
ZONE = ZoneInfo("Europe/Berlin")
POLICY = Policy(
    rules=(),
    limits=Limits(
        percent=Decimal(40),
        invoices=6,
        cooldown=timedelta(days=180),
        second_discount=True,
        budget_a_month={"eur": Money(100_000, "eur")},
        budget_per_approver_a_day={},
        second_approver_above={},
        second_approver_factor=20,
        hours=ALWAYS,
        proposal_lifetime=timedelta(days=7),
        offer_lifetime=timedelta(days=14),
        oldest_case=timedelta(days=180),
        holdout=Decimal(0),
    ),
    consent=Consent(
        key="marketing_consent", soft_opt_in_key="soft_opt_in", yes=frozenset({"yes"}), not_needed=frozenset()
    ),
    no_contact_phrases={},
    person_reads={},
    internal_domains=frozenset(),
    zone=ZONE,
    digest="of the tests",
)


class OfferFlows:
    """All the flows of an offer, and the account on which they work."""

    def __init__(self, sandbox: Sandbox, billing: StripeBilling, database_url: str) -> None:
        self.policy = POLICY
        self.sandbox, self.account, self.billing = sandbox, sandbox.stripe, billing
        self.fate = Fate()
        self.store = MortalStore(database_url, keyring=KEYRING, new_id=uuid4)
        self.store.fate = self.fate
        self.policies = ActivePolicy(POLICY, read=lambda: self.policy, store=self.store)
        self.post, self.scribe, self.wall = Postbox(self.fate), Scribe(), Wall()
        self.webhooks = StripeWebhooks(secrets=["whsec_unused"], livemode=False)
        self.cards = CardUpdates(reason_wait=timedelta())
        self.permission = StaffPermissions(directory=Roster(), store=self.store)
        self.pausing = PauseControl(store=self.store, permission=self.permission)
        self.book = OfferTransitions(store=self.store, cards=self.cards)
        # Till is a OfferBilling by what it hands on, which a type checker cannot see.
        self.offer_billing: OfferBilling = cast("OfferBilling", Till(billing.offer_billing, self.fate))
        self.judging = EligibilityChecks(
            store=self.store,
            billing=billing,
            offer_billing=self.offer_billing,
            policies=self.policies,
            keyring=KEYRING,
            livemode=False,
        )
        self.offering = OfferCreation(policies=self.policies, keyring=KEYRING, new_id=uuid4, cards=self.cards)
        self.cancellations = CaseTracker(
            store=self.store,
            billing=billing,
            webhooks=self.webhooks,
            keyring=KEYRING,
            new_id=uuid4,
            cards=self.cards,
            name_plan=plan_name,
            winning_back=False,
        )
        self.showing = CardPublisher(store=self.store, chat=self.wall, cards=self.cards)
        reading = OfferSnapshots(store=self.store, billing=billing)
        pages = OfferPages(
            store=self.store,
            reading=reading,
            offer_billing=self.offer_billing,
            policies=self.policies,
            keyring=KEYRING,
            mask=mask_customer,
            name_plan=plan_name,
            name_price=price_name,
        )
        self.checkouts = OfferCheckout(
            store=self.store,
            book=self.book,
            reading=reading,
            offer_billing=self.offer_billing,
            webhooks=self.webhooks,
            keyring=KEYRING,
            public_url=PUBLIC,
            approvals=APPROVALS,
        )
        self.sending = OfferPreparation(
            store=self.store,
            book=self.book,
            judging=self.judging,
            offer_billing=self.offer_billing,
            keyring=KEYRING,
            pausing=self.pausing,
        )
        self.mail = OfferEmails(
            store=self.store,
            book=self.book,
            reading=reading,
            policies=self.policies,
            pausing=self.pausing,
            permission=self.permission,
            keyring=KEYRING,
            new_id=uuid4,
            writer=self.scribe,
            post=self.post,
            public_url=PUBLIC,
            approvals=APPROVALS,
            name_plan=plan_name,
        )
        letters = ConfirmationEmails(
            book=self.book,
            pages=pages,
            billing=billing,
            keyring=KEYRING,
            writer=self.scribe,
            post=self.post,
            public_url=PUBLIC,
            return_url=None,
            name_plan=plan_name,
        )
        telling = StaffNotifications(
            book=self.book,
            chat=self.wall,
            showing=self.showing,
            view=self._view,
            say_twice=lambda offer: f"{offer.customer_id} pays twice",
        )
        self.registry = registry = EffectRegistry()
        registry.add(PrepareOffer, self.sending.prepare)
        registry.add(ExpireOffer, self.sending.end)
        registry.add(CloseCheckout, self.checkouts.close)
        registry.add(EmailOffer, self.mail.mail)
        registry.add(
            RedeemOffer,
            OfferRedemption(book=self.book, billing=billing, offer_billing=self.offer_billing, keyring=KEYRING).apply,
        )
        registry.add(UndoOffer, OfferUndo(book=self.book, billing=billing, offer_billing=self.offer_billing).undo)
        registry.add(EmailConfirmation, letters.mail_confirmation)
        registry.add(EmailRestart, letters.mail_restart)
        registry.add(ShowCard, self.showing.show_card)
        registry.add(PostAcceptance, telling.tell_accepted)
        registry.add(AlertTwoSubscriptions, telling.alert_twice)
        registry.add(AlertUnclearEmail, telling.ask_about_letter)
        for kind in registry.missing():
            registry.add(kind, _left_alone)
        self.dispatcher = Dispatcher(store=self.store, registry=registry, wall=self.now, alarms=())
        inline = InlineDispatcher(
            store=self.store, dispatcher=self.dispatcher, new_id=uuid4, wall=self.now, patience=PATIENCE
        )
        self.acceptance = OfferAcceptance(
            store=self.store,
            book=self.book,
            billing=billing,
            pages=pages,
            checkouts=self.checkouts,
            inline=inline,
            new_id=uuid4,
            public_url=PUBLIC,
        )
        self.undoing = UndoPages(
            store=self.store,
            book=self.book,
            billing=billing,
            pages=pages,
            inline=inline,
            new_id=uuid4,
            mask=mask_customer,
        )
        self.unsubscribing = Unsubscribe(
            store=self.store, billing=billing, cards=self.cards, new_id=uuid4, mask=mask_customer
        )

    def now(self) -> datetime:
        return self.sandbox.clock.now()

    async def _view(self, proposal_id: ProposalId, *, now: datetime) -> ProposalView | None:
        async with self.store.read() as unit:
            proposal = await unit.proposals.get(proposal_id)
            offer = await unit.offers.by_proposal(proposal_id)
        card = await self.showing.card(proposal.case_id, now=now) if proposal else None
        if proposal is None or card is None:
            return None
        return ProposalView(
            proposal=proposal, offer=offer, card=card, customer=None, earlier=(), email_text=None, needs_second=False
        )


async def _left_alone(effect: Effect, attempt: Attempt, now: datetime) -> None:
    """Somebody else's work."""
