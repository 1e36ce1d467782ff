"""Win-back put together on the ports: from a case to a proposal, to an offer, to what came of it."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.keyring import Keyring
from domain.winback.proposal import OfferRow
from flows.cancellations.publish_card import CardPublisher
from flows.effects import (
    AlertTwoSubscriptions,
    AlertUnclearEmail,
    CloseCheckout,
    EmailConfirmation,
    EmailOffer,
    EmailRestart,
    EvaluateAllCases,
    EvaluateCase,
    ExpireOffer,
    ExpireProposal,
    PostAcceptance,
    PrepareOffer,
    RedeemOffer,
    RemindApprovals,
    ShowProposal,
    TrackOutcome,
    UndoOffer,
)
from flows.outbox.card_updates import CardUpdates
from flows.outbox.dispatcher import Dispatcher, EffectRegistry
from flows.outbox.run_now import PATIENCE, InlineDispatcher
from flows.people.staff_permissions import StaffPermissions
from flows.ports import Billing, Chat, Clock, Directory, EmailWriter, Mailer, NewId, OfferBilling, Webhooks
from flows.ports.store import Store
from flows.winback.offers.accept import OfferAcceptance
from flows.winback.offers.checkout import OfferCheckout
from flows.winback.offers.confirmation_emails import ConfirmationEmails
from flows.winback.offers.create import OfferCreation
from flows.winback.offers.email import OfferEmails
from flows.winback.offers.notify_staff import StaffNotifications, ViewProposal
from flows.winback.offers.page import OfferPages
from flows.winback.offers.prepare import OfferPreparation
from flows.winback.offers.redeem import OfferRedemption
from flows.winback.offers.snapshot import OfferSnapshots
from flows.winback.offers.transitions import OfferTransitions
from flows.winback.offers.undo import OfferUndo, UndoPages
from flows.winback.offers.unsubscribe import Unsubscribe
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.policy.eligibility import EligibilityChecks
from flows.winback.policy.requirements import Requirements
from flows.winback.policy.sending_pause import PauseControl
from flows.winback.policy.standing_approvals import RuleApprovals
from flows.winback.proposals.decide import ProposalDecisions
from flows.winback.proposals.draft import ProposalDrafts
from flows.winback.proposals.evaluate import ProposalEvaluator
from flows.winback.proposals.expire import ProposalExpiry
from flows.winback.proposals.publish import ProposalPublisher
from flows.winback.proposals.remind import ApprovalReminders
from flows.winback.results.track_outcome import OutcomeTracker
from wording.mask import mask_customer
from wording.plan import plan_name, price_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What win-back stands on: the ports it asks, and the flows it shares with the rest."""

    store: Store
    billing: Billing
    offer_billing: OfferBilling
    webhooks: Webhooks
    chat: Chat
    directory: Directory
    post: Mailer | None
    letters: EmailWriter | None
    policies: ActivePolicy
    permission: StaffPermissions
    cards: CardUpdates
    showing: CardPublisher
    equipment: Requirements
    return_url: str | None
    livemode: bool
    keyring: Keyring
    new_id: NewId
    wall: Clock
    say_twice: Callable[[OfferRow], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposing:
    """What staff do: propose, approve, pause; also where nothing can be e-mailed."""

    judging: EligibilityChecks
    approvals: ProposalDecisions
    drafting: ProposalDrafts
    standing: RuleApprovals
    pausing: PauseControl
    reminding: ApprovalReminders
    unsubscribing: Unsubscribe
    view: ViewProposal


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """What customers get: only where letters can be sent and there is a public address."""

    acceptance: OfferAcceptance
    undoing: UndoPages
    mail: OfferEmails
    checkouts: OfferCheckout


def propose(ground: Ground, registry: EffectRegistry) -> Proposing:
    """Put together what leads to an offer, and pair its effects with their works."""
    judging = EligibilityChecks(
        store=ground.store,
        billing=ground.billing,
        offer_billing=ground.offer_billing,
        policies=ground.policies,
        keyring=ground.keyring,
        livemode=ground.livemode,
    )
    offering = OfferCreation(policies=ground.policies, keyring=ground.keyring, new_id=ground.new_id, cards=ground.cards)
    showing = ProposalPublisher(
        store=ground.store,
        chat=ground.chat,
        billing=ground.billing,
        policies=ground.policies,
        offering=offering,
        showing=ground.showing,
        letters=ground.letters,
        equipment=ground.equipment,
    )
    considering = ProposalEvaluator(
        store=ground.store,
        judging=judging,
        policies=ground.policies,
        offering=offering,
        permission=ground.permission,
        cards=ground.cards,
        new_id=ground.new_id,
        approvals=ground.equipment.approvals,
    )
    registry.add(EvaluateCase, considering.consider)
    registry.add(EvaluateAllCases, considering.consider_all)
    registry.add(ShowProposal, showing.show)
    registry.add(RemindApprovals, showing.remind)
    registry.add(
        TrackOutcome,
        OutcomeTracker(store=ground.store, billing=ground.billing, offer_billing=ground.offer_billing).watch,
    )
    registry.add(ExpireProposal, ProposalExpiry(store=ground.store, cards=ground.cards).end)
    return Proposing(
        judging=judging,
        approvals=ProposalDecisions(
            store=ground.store,
            judging=judging,
            policies=ground.policies,
            offering=offering,
            permission=ground.permission,
            directory=ground.directory,
            showing=showing,
            cards=ground.cards,
            equipment=ground.equipment,
        ),
        drafting=ProposalDrafts(
            store=ground.store,
            judging=judging,
            policies=ground.policies,
            permission=ground.permission,
            cards=ground.cards,
            new_id=ground.new_id,
            equipment=ground.equipment,
        ),
        standing=RuleApprovals(
            store=ground.store,
            judging=judging,
            policies=ground.policies,
            permission=ground.permission,
            new_id=ground.new_id,
        ),
        pausing=PauseControl(store=ground.store, permission=ground.permission),
        reminding=ApprovalReminders(store=ground.store, policies=ground.policies, approvals=ground.equipment.approvals),
        unsubscribing=Unsubscribe(
            store=ground.store, billing=ground.billing, cards=ground.cards, new_id=ground.new_id, mask=mask_customer
        ),
        view=showing.view,
    )


def offer(
    ground: Ground,
    proposing: Proposing,
    registry: EffectRegistry,
    dispatcher: Dispatcher,
) -> Offers | None:
    """Put together what happens between a yes and a customer's; None where no letter could be sent."""
    approvals, public_url = ground.equipment.approvals, ground.equipment.public_url
    post, letters = ground.post, ground.letters
    if approvals is None or public_url is None or post is None or letters is None:
        return None
    store, billing, offer_billing, keyring = ground.store, ground.billing, ground.offer_billing, ground.keyring
    book = OfferTransitions(store=store, cards=ground.cards)
    reading = OfferSnapshots(store=store, billing=billing)
    pages = OfferPages(
        store=store,
        reading=reading,
        offer_billing=offer_billing,
        policies=ground.policies,
        keyring=keyring,
        mask=mask_customer,
        name_plan=plan_name,
        name_price=price_name,
    )
    checkouts = OfferCheckout(
        store=store,
        book=book,
        reading=reading,
        offer_billing=offer_billing,
        webhooks=ground.webhooks,
        keyring=keyring,
        public_url=public_url,
        approvals=approvals,
    )
    mail = OfferEmails(
        store=store,
        book=book,
        reading=reading,
        policies=ground.policies,
        pausing=proposing.pausing,
        permission=ground.permission,
        keyring=keyring,
        new_id=ground.new_id,
        writer=letters,
        post=post,
        public_url=public_url,
        approvals=approvals,
        name_plan=plan_name,
    )
    afterwards = ConfirmationEmails(
        book=book,
        pages=pages,
        billing=billing,
        keyring=keyring,
        writer=letters,
        post=post,
        public_url=public_url,
        return_url=ground.return_url,
        name_plan=plan_name,
    )
    sending = OfferPreparation(
        store=store,
        book=book,
        judging=proposing.judging,
        offer_billing=offer_billing,
        keyring=keyring,
        pausing=proposing.pausing,
    )
    telling = StaffNotifications(
        book=book, chat=ground.chat, showing=ground.showing, view=proposing.view, say_twice=ground.say_twice
    )
    registry.add(PrepareOffer, sending.prepare)
    registry.add(ExpireOffer, sending.end)
    registry.add(CloseCheckout, checkouts.close)
    registry.add(EmailOffer, mail.mail)
    registry.add(
        RedeemOffer, OfferRedemption(book=book, billing=billing, offer_billing=offer_billing, keyring=keyring).apply
    )
    registry.add(UndoOffer, OfferUndo(book=book, billing=billing, offer_billing=offer_billing).undo)
    registry.add(EmailConfirmation, afterwards.mail_confirmation)
    registry.add(EmailRestart, afterwards.mail_restart)
    registry.add(PostAcceptance, telling.tell_accepted)
    registry.add(AlertTwoSubscriptions, telling.alert_twice)
    registry.add(AlertUnclearEmail, telling.ask_about_letter)
    inline = InlineDispatcher(
        store=store, dispatcher=dispatcher, new_id=ground.new_id, wall=ground.wall, patience=PATIENCE
    )
    return Offers(
        acceptance=OfferAcceptance(
            store=store,
            book=book,
            billing=billing,
            pages=pages,
            checkouts=checkouts,
            inline=inline,
            new_id=ground.new_id,
            public_url=public_url,
        ),
        undoing=UndoPages(
            store=store,
            book=book,
            billing=billing,
            pages=pages,
            inline=inline,
            new_id=ground.new_id,
            mask=mask_customer,
        ),
        mail=mail,
        checkouts=checkouts,
    )
