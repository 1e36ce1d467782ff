"""An offer's flows on their ports, with the sandbox as Stripe."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from uuid import uuid4
from zoneinfo import ZoneInfo

from billing.stripe_billing import StripeBilling
from billing.webhook import StripeWebhooks
from bot.assembly.flows import Flows
from domain.money import Money
from domain.winback.offer import DiscountOffer
from domain.winback.policy import Consent, Limits, Policy, SendingHours
from flows.effects import (
    AlertFailedOffer,
    AlertTwoSubscriptions,
    AlertUnclearEmail,
    CloseCheckout,
    ClosePromotionCode,
    Effect,
    EmailConfirmation,
    EmailOffer,
    EmailRestart,
    ExpireOffer,
    PostAcceptance,
    PrepareOffer,
    RedeemOffer,
    RemindOffer,
    ReviseOffer,
    ShowCard,
    UndoOffer,
)
from flows.outbox.dispatcher import Attempt
from flows.winback.policy.active_policy import ActivePolicy
from sandbox.server import Sandbox
from tests.builders.context import a_context, only
from tests.databases import KEYRING
from tests.flows.winback.offers.mortal import Fate, MortalStore, Till
from tests.flows.winback.offers.people import Postbox, Roster, Scribe, Wall

PUBLIC = "https://billing.winback-tests.com"
TWENTY = DiscountOffer(percent=Decimal(20), amount=None, invoices=3)
ALWAYS = SendingHours(start=time(0), end=time(23, 59, 59), weekdays=frozenset(range(7)))
LEASE = timedelta(seconds=90)
KINDS: set[type[Effect]] = {
    PrepareOffer,
    ExpireOffer,
    CloseCheckout,
    ClosePromotionCode,
    EmailOffer,
    RemindOffer,
    RedeemOffer,
    ReviseOffer,
    UndoOffer,
    EmailConfirmation,
    EmailRestart,
    ShowCard,
    PostAcceptance,
    AlertFailedOffer,
    AlertTwoSubscriptions,
    AlertUnclearEmail,
}
ZONE = ZoneInfo("Europe/Berlin")
POLICY = Policy(
    rules=(),
    limits=Limits(
        percent=Decimal(40),
        invoices=6,
        cooldown=timedelta(days=180),
        step_gap=timedelta(days=10),
        second_discount=True,
        budget_a_month={"eur": Money(100_000, "eur")},
        budget_per_approver_a_day={},
        second_approver_above={},
        second_approver_factor=20,
        give_up_months=12,
        pause_access="blocked",
        hours=ALWAYS,
        proposal_lifetime=timedelta(days=7),
        offer_lifetime=timedelta(days=14),
        approval_hold=timedelta(0),
        remind_before_end=timedelta(days=3),
        oldest_case=timedelta(days=180),
        holdout=Decimal(0),
        holdout_below={},
    ),
    consent=Consent(
        key="marketing_consent", soft_opt_in_key="soft_opt_in", yes=frozenset({"yes"}), not_needed=frozenset()
    ),
    no_contact_phrases={},
    person_reads={},
    internal_domains=frozenset(),
    zone=ZONE,
    digest="of the tests",
    own_site_code=True,
)


class OfferFlows:
    """All the flows of an offer, and the account on which they work."""

    def __init__(self, sandbox: Sandbox, billing: StripeBilling, database_url: str) -> None:
        self.policy = POLICY
        self.sandbox, self.account, self.billing = sandbox, sandbox.stripe, billing
        self.fate = Fate()
        self.store = MortalStore(database_url, keyring=KEYRING, new_id=uuid4)
        self.store.fate = self.fate
        self.policies = ActivePolicy(self.store, POLICY, read=lambda: self.policy)
        self.post, self.scribe, self.wall, self.roster = Postbox(self.fate), Scribe(), Wall(), Roster()
        self.flows = Flows(
            a_context(
                self.store,
                billing=billing,
                offer_billing=Till(billing, self.fate),
                webhooks=StripeWebhooks(secrets=["whsec_unused"]),
                chat=self.wall,
                directory=self.roster,
                mailer=self.post,
                writer=self.scribe,
                wall=self.now,
            ),
            self.policies,
        )
        assert self.flows.offers is not None
        self.offers = self.flows.offers
        self.transitions = self.offers.checkouts.transitions
        self.perform(KINDS)

    def perform(self, kinds: set[type[Effect]]) -> None:
        """Perform effects of these kinds from now on; others are left alone."""
        self.dispatcher = only(self.flows, kinds, otherwise=_left_alone)

    def now(self) -> datetime:
        return self.sandbox.clock.now()


async def _left_alone(effect: Effect, attempt: Attempt, now: datetime) -> None:
    """Do nothing: this is somebody else's work."""
