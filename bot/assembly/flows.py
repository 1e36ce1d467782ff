"""The flows, built on a context: the same for the program, the command line, the tests and the bench."""

from dataclasses import dataclass
from typing import Any

from flows import effects
from flows.cancellations.case_actions import CaseActions
from flows.cancellations.enrich import CaseEnrichment
from flows.cancellations.person_cards import PersonCards
from flows.cancellations.publish_batch import BatchPublisher
from flows.cancellations.publish_card import CardPublisher
from flows.cancellations.track_case import CaseTracker
from flows.effects import Effect
from flows.events.backfill import Backfill
from flows.events.customer_change import CustomerChanges
from flows.events.faults import EventFaults
from flows.events.poll import EventPoller
from flows.events.receive import EventReceiver
from flows.events.refresh import SubscriptionRefresh
from flows.events.router import EventRouter
from flows.outbox.alerts import Alerts
from flows.outbox.channel_watch import ChannelWatch
from flows.outbox.dispatcher import Dispatcher, RunEffect
from flows.outbox.message_updates import CardUpdates
from flows.outbox.run_now import MAX_WAIT, InlineDispatcher
from flows.people.manager_changes import ManagerChanges
from flows.people.staff_permissions import StaffPermissions
from flows.portal_links.address_guard import AddressGuard
from flows.portal_links.code_limits import CodeLimits
from flows.portal_links.deliver import LinkDelivery
from flows.portal_links.emails import LinkEmails
from flows.portal_links.landing_page import LandingPages
from flows.portal_links.look_up import CustomerLookup
from flows.portal_links.lookup_limits import LookupLimits
from flows.portal_links.verify_customer import CustomerVerification
from flows.ports.context import Context
from flows.winback.offers.accept import OfferAcceptance
from flows.winback.offers.checkout import OfferCheckout
from flows.winback.offers.compose_email import OfferEmailComposer
from flows.winback.offers.confirmation_emails import ConfirmationEmails
from flows.winback.offers.create import OfferCreation
from flows.winback.offers.email import OfferEmails
from flows.winback.offers.page import OfferPages
from flows.winback.offers.prepare import OfferPreparation
from flows.winback.offers.recheck import OfferRecheck
from flows.winback.offers.redeem import OfferRedemption
from flows.winback.offers.remind import OfferReminders
from flows.winback.offers.snapshot import OfferSnapshots
from flows.winback.offers.transitions import OfferTransitions
from flows.winback.offers.undo import UndoPages
from flows.winback.offers.unsubscribe import Unsubscribe
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.policy.eligibility import EligibilityChecks
from flows.winback.policy.policy_watch import PolicyWatch
from flows.winback.policy.sending_pause import PauseControl
from flows.winback.policy.standing_approvals import RuleApprovals
from flows.winback.policy.suppress import Suppressions
from flows.winback.proposals.decide import ProposalDecisions
from flows.winback.proposals.draft import ProposalDrafts
from flows.winback.proposals.evaluate import ProposalEvaluator
from flows.winback.proposals.feature_launch import FeatureLaunch
from flows.winback.proposals.lifecycle import ProposalExpiry
from flows.winback.proposals.notify_staff import StaffNotifications
from flows.winback.proposals.publish import ApprovalReminders, ProposalPublisher
from flows.winback.proposals.revise import OfferRevision
from flows.winback.results.customer_profile import CustomerProfiles
from flows.winback.results.report import ResultsReport
from flows.winback.results.track_cost import CostTracker
from flows.winback.results.track_outcome import OutcomeTracker


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerOffers:
    """What customers get: only where emails can be sent and there is a public address."""

    acceptance: OfferAcceptance
    undoing: UndoPages
    mail: OfferEmails
    checkouts: OfferCheckout


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """Everything the program does; `offers` None: no offer can reach a customer."""

    context: Context
    policies: ActivePolicy
    policy_watch: PolicyWatch
    permission: StaffPermissions
    event_receiver: EventReceiver
    event_poller: EventPoller
    tracker: CaseTracker
    event_router: EventRouter
    event_faults: EventFaults
    backfill: Backfill
    dispatcher: Dispatcher
    managers: ManagerChanges
    card_publisher: CardPublisher
    case_actions: CaseActions
    customer_lookup: CustomerLookup
    link_delivery: LinkDelivery
    landing_pages: LandingPages
    eligibility: EligibilityChecks
    offer_creation: OfferCreation
    approvals: ProposalDecisions
    drafts: ProposalDrafts
    feature_launch: FeatureLaunch
    rule_approvals: RuleApprovals
    pause_control: PauseControl
    reminders: ApprovalReminders
    suppressions: Suppressions
    unsubscribing: Unsubscribe
    report: ResultsReport
    channel_watch: ChannelWatch
    profiles: CustomerProfiles
    offers: CustomerOffers | None


def build_flows(context: Context, policies: ActivePolicy) -> Flows:
    """Build all flows and pair each kind of effect with the work that does it; opens nothing."""
    cards, permission = CardUpdates(context), StaffPermissions(context)
    event_poller, person_cards = EventPoller(context), PersonCards(cards)
    tracker = CaseTracker(context, person_cards)
    refresh = SubscriptionRefresh(context, tracker)
    card_publisher = CardPublisher(context, cards)
    alerts, policy_watch = Alerts(context), PolicyWatch(context, policies)
    verification, lookups = CustomerVerification(context), LookupLimits(context, permission)
    address_guard, customer_changes = AddressGuard(context, person_cards), CustomerChanges(context, person_cards)
    eligibility = EligibilityChecks(context, tracker)
    offer_creation = OfferCreation(context, cards)
    showing_proposals = ProposalPublisher(context, policies, offer_creation, card_publisher)
    evaluator = ProposalEvaluator(context, eligibility, policies, offer_creation, permission, cards)
    drafts = ProposalDrafts(context, eligibility, policies, permission, cards)
    pause_control = PauseControl(context, permission)
    registry: dict[type[Effect], RunEffect[Any]] = {
        effects.ShowCard: card_publisher.show_card,
        effects.ShowBatch: BatchPublisher(context, cards).show_batch,
        effects.PostReturn: card_publisher.post_return,
        effects.AskFollowUp: card_publisher.ask_follow_up,
        effects.CloseReasonWindow: card_publisher.close_reason_window,
        effects.EnrichCase: CaseEnrichment(context, cards).enrich,
        effects.RefreshSubscription: refresh.subscription,
        effects.RefreshCustomer: refresh.customer,
        effects.AlertDead: alerts.alert_dead,
        effects.AlertSetAside: alerts.alert_set_aside,
        effects.AlertChannel: alerts.alert_channel,
        effects.NotifyUnsentEmail: alerts.notify_unsent_email,
        effects.AlertLookups: alerts.alert_lookups,
        effects.AlertGuessedCodes: alerts.alert_guessed_codes,
        effects.AlertFaultyPolicy: policy_watch.alert,
        effects.AnnounceManagers: alerts.announce_managers,
        effects.EvaluateCase: evaluator.evaluate,
        effects.EvaluateAllCases: evaluator.evaluate_all,
        effects.AlertRefusedStep: evaluator.alert_refused,
        effects.ReviseOffer: OfferRevision(context, eligibility, policies, cards).revise,
        effects.ShowProposal: showing_proposals.show,
        effects.RemindApprovals: showing_proposals.remind,
        effects.PostRewording: showing_proposals.post_rewording,
        effects.TrackOutcome: OutcomeTracker(context).track,
        effects.ExpireProposal: ProposalExpiry(context, cards).expire_or_wake,
    }
    dispatcher = Dispatcher(context, registry)  # the works of what can be emailed follow
    post, writer, approvals = context.mailer, context.writer, context.settings.approvals
    offers = None
    if post is not None and writer is not None:
        link_mail = LinkEmails(context, verification, address_guard, writer, post)
        registry |= {effects.EmailLink: link_mail.email_link, effects.EmailCode: link_mail.email_code}
    if post is not None and writer is not None and approvals is not None and context.settings.public_url is not None:
        transitions, reading = OfferTransitions(context, cards), OfferSnapshots(context)
        pages, inline = OfferPages(context, reading, policies), InlineDispatcher(context, dispatcher, MAX_WAIT)
        undoing = UndoPages(context, transitions, pages, inline)
        checkouts = OfferCheckout(context, transitions, reading, approvals)
        recheck = OfferRecheck(context, transitions, eligibility, policies, permission)
        composer = OfferEmailComposer(context, writer)
        mail = OfferEmails(
            context, transitions, reading, recheck, policies, pause_control, permission, composer, post, approvals
        )
        reminding = OfferReminders(transitions, reading, recheck, policies, pause_control, composer, post)
        afterwards = ConfirmationEmails(context, transitions, pages, writer, post)
        sending = OfferPreparation(context, transitions, recheck, pause_control, policies)
        telling = StaffNotifications(context, transitions, card_publisher, showing_proposals)
        registry |= {
            effects.PrepareOffer: sending.prepare,
            effects.ExpireOffer: sending.expire,
            effects.CloseCheckout: checkouts.close,
            effects.TrackCost: CostTracker(context, transitions, policies).track,
            effects.EmailOffer: mail.send,
            effects.RemindOffer: reminding.remind,
            effects.RedeemOffer: OfferRedemption(context, transitions, pages).redeem,
            effects.UndoOffer: undoing.put_back,
            effects.EmailConfirmation: afterwards.email_confirmation,
            effects.EmailRestart: afterwards.email_restart,
            effects.PostAcceptance: telling.post_acceptance,
            effects.PostUndone: telling.post_undone,
            effects.AlertTwoSubscriptions: telling.alert_two_subscriptions,
            effects.AlertFailedOffer: telling.alert_failed_offer,
            effects.AlertUnclearEmail: telling.ask_about_email,
        }
        offers = CustomerOffers(
            acceptance=OfferAcceptance(context, transitions, pages, checkouts, inline),
            undoing=undoing,
            mail=mail,
            checkouts=checkouts,
        )
    return Flows(
        context=context,
        policies=policies,
        policy_watch=policy_watch,
        permission=permission,
        event_receiver=EventReceiver(context),
        event_poller=event_poller,
        tracker=tracker,
        event_router=EventRouter(tracker, customer_changes, offers.checkouts if offers else None),
        event_faults=EventFaults(context, tracker),
        backfill=Backfill(context, tracker, event_poller, cards),
        dispatcher=dispatcher,
        managers=ManagerChanges(context),
        card_publisher=card_publisher,
        case_actions=CaseActions(context, permission, cards),
        customer_lookup=CustomerLookup(context, permission, verification, lookups, address_guard),
        link_delivery=LinkDelivery(context, permission, verification, address_guard),
        landing_pages=LandingPages(context, verification, CodeLimits(context)),
        eligibility=eligibility,
        offer_creation=offer_creation,
        approvals=ProposalDecisions(
            context, eligibility, policies, offer_creation, permission, showing_proposals, cards
        ),
        drafts=drafts,
        feature_launch=FeatureLaunch(context, permission, drafts),
        rule_approvals=RuleApprovals(context, eligibility, policies, permission),
        pause_control=pause_control,
        reminders=ApprovalReminders(context, policies),
        suppressions=Suppressions(context, cards),
        unsubscribing=Unsubscribe(context, cards),
        report=ResultsReport(context, permission, policies),
        channel_watch=ChannelWatch(context),
        profiles=CustomerProfiles(context, permission, policies, lookups),
        offers=offers,
    )
