"""The flows, built on a context: the same for the program, the command line, the tests and the bench."""

from dataclasses import dataclass
from typing import Any

from bot.assembly.stop_words import stop_words
from flows import effects
from flows.cancellations.case_actions import CaseActions
from flows.cancellations.enrich import CaseEnrichment
from flows.cancellations.person_cards import PersonCards
from flows.cancellations.publish_batch import BatchPublisher
from flows.cancellations.publish_card import CardPublisher
from flows.cancellations.reasons import CaseReasons
from flows.cancellations.track_case import CaseTracker
from flows.effects import Effect
from flows.events.backfill import Backfill
from flows.events.customer_change import CustomerChanges, SubscriptionRefresh
from flows.events.faults import EventFaults
from flows.events.poll import EventPoller
from flows.events.receive import EventReceiver
from flows.events.router import EventRouter
from flows.events.welcome import Welcome
from flows.outbox.alerts import Alerts, ChannelWatch
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
from flows.portal_links.not_asked_for import NotAskedFor
from flows.portal_links.progress import LinkProgress
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
from flows.winback.offers.show_link import OfferLinks
from flows.winback.offers.snapshot import OfferSnapshots
from flows.winback.offers.transitions import OfferTransitions
from flows.winback.offers.undo import UndoPages
from flows.winback.offers.unsubscribe import Unsubscribe
from flows.winback.policy.active_policy import ActivePolicy, PolicyWatch
from flows.winback.policy.eligibility import EligibilityChecks
from flows.winback.policy.sending_pause import PauseControl
from flows.winback.policy.standing_approvals import RuleApprovals
from flows.winback.policy.suppress import Suppressions
from flows.winback.proposals.decide import ProposalDecisions
from flows.winback.proposals.draft import ProposalDrafts
from flows.winback.proposals.evaluate import ProposalEvaluator
from flows.winback.proposals.feature_launch import FeatureLaunch
from flows.winback.proposals.hold import OfferCorrections
from flows.winback.proposals.lifecycle import ProposalExpiry
from flows.winback.proposals.mention import DeadlineMentions
from flows.winback.proposals.notify_proposer import ProposerNotifications
from flows.winback.proposals.notify_staff import StaffNotifications
from flows.winback.proposals.publish import ApprovalReminders, ProposalPublisher
from flows.winback.proposals.revise import OfferRevision
from flows.winback.results.customer_profile import CustomerProfiles
from flows.winback.results.digest import Digests
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


class Flows:
    """Everything the program does, each kind of effect paired with the work that does it; making it opens nothing."""

    def __init__(self, context: Context, policies: ActivePolicy) -> None:
        self.context, self.policies = context, policies
        cards = CardUpdates(context)
        person_cards, verification = PersonCards(cards), CustomerVerification(context)
        address_guard = AddressGuard(context, person_cards)
        self.permission = permission = StaffPermissions(context)
        self.channel_watch, self.managers = ChannelWatch(context), ManagerChanges(context)

        self.event_receiver, self.event_poller = EventReceiver(context), EventPoller(context)
        self.tracker = tracker = CaseTracker(context, person_cards)
        self.event_faults = EventFaults(context, tracker)
        self.backfill = Backfill(context, tracker, self.event_poller, cards)
        self.card_publisher = CardPublisher(context, cards)
        self.case_actions = CaseActions(context, permission, cards)
        self.case_reasons = CaseReasons(self.case_actions, self.card_publisher)

        lookups = LookupLimits(context, permission)
        self.customer_lookup = CustomerLookup(context, permission, verification, lookups, address_guard)
        self.link_delivery = LinkDelivery(context, permission, verification, address_guard)
        self.offer_links = OfferLinks(context, permission, address_guard)
        self.not_asked_for = NotAskedFor(context)
        self.landing_pages = LandingPages(context, verification, CodeLimits(context))

        self.policy_watch, self.pause_control = PolicyWatch(context, policies), PauseControl(context, permission)
        self.eligibility = eligibility = EligibilityChecks(context, tracker)
        self.offer_creation = creation = OfferCreation(context, cards)
        self.rule_approvals = RuleApprovals(context, eligibility, policies, permission)
        self.proposal_publisher = publisher = ProposalPublisher(context, policies, creation, self.card_publisher)
        self.approvals = ProposalDecisions(context, eligibility, policies, creation, permission, publisher, cards)
        self.corrections = OfferCorrections(context, policies, permission, cards)
        self.drafts = ProposalDrafts(context, eligibility, policies, permission, cards)
        self.feature_launch = FeatureLaunch(context, permission, self.drafts)
        self.reminders, self.mentions = ApprovalReminders(context, policies), DeadlineMentions(context, policies)
        self.suppressions, self.unsubscribing = Suppressions(context, cards), Unsubscribe(context, cards)
        self.report = ResultsReport(context, permission, policies)
        self.welcome = Welcome(context, permission)
        self.digests = Digests(context, permission, policies, publisher, stop_words)
        self.profiles = CustomerProfiles(context, permission, policies, lookups)

        progress = LinkProgress(context, verification)
        alerts, refresh = Alerts(context), SubscriptionRefresh(context, tracker)
        evaluator = ProposalEvaluator(context, eligibility, policies, creation, permission, cards)
        registry: dict[type[Effect], RunEffect[Any]] = {
            effects.ShowCard: self.card_publisher.show_card,
            effects.ShowBatch: BatchPublisher(context, cards).show_batch,
            effects.PostDigest: self.digests.post,
            effects.PostManagersDigest: self.digests.post_for_managers,
            effects.PostNothingProposed: self.digests.post_nothing_proposed,
            effects.PostWelcome: self.welcome.post,
            effects.PostManagersWelcome: self.welcome.post_for_managers,
            effects.PostSample: self.welcome.post_sample,
            effects.PostReturn: self.card_publisher.post_return,
            effects.AskFollowUp: self.card_publisher.ask_follow_up,
            effects.CloseReasonWindow: self.card_publisher.close_reason_window,
            effects.EnrichCase: CaseEnrichment(context, cards).enrich,
            effects.RefreshSubscription: refresh.subscription,
            effects.RefreshCustomer: refresh.customer,
            effects.ShowLink: progress.show,
            effects.CompareReturn: progress.compare,
            effects.ExpireLink: progress.expire,
            effects.AlertDead: alerts.alert_dead,
            effects.AlertSetAside: alerts.alert_set_aside,
            effects.AlertChannel: alerts.alert_channel,
            effects.NotifyUnsentEmail: alerts.notify_unsent_email,
            effects.AlertLookups: alerts.alert_lookups,
            effects.AlertGuessedCodes: alerts.alert_guessed_codes,
            effects.AlertUnaskedLink: alerts.alert_unasked_link,
            effects.AlertFaultyPolicy: self.policy_watch.alert,
            effects.AnnounceManagers: alerts.announce_managers,
            effects.EvaluateCase: evaluator.evaluate,
            effects.EvaluateAllCases: evaluator.evaluate_all,
            effects.AlertRefusedStep: evaluator.alert_refused,
            effects.ReviseOffer: OfferRevision(context, eligibility, policies, cards).revise,
            effects.ShowProposal: publisher.show,
            effects.RemindApprovals: publisher.remind,
            effects.MentionManagers: self.mentions.mention,
            effects.PostRewording: publisher.post_rewording,
            effects.TellProposer: ProposerNotifications(context).tell,
            effects.TrackOutcome: OutcomeTracker(context).track,
            effects.ExpireProposal: ProposalExpiry(context, cards).expire_or_wake,
        }
        self.dispatcher = Dispatcher(context, registry)  # the works of what can be emailed follow
        if context.mailer is not None and context.writer is not None:
            link_mail = LinkEmails(context, verification, address_guard, context.writer, context.mailer)
            registry |= {effects.EmailLink: link_mail.email_link, effects.EmailCode: link_mail.email_code}
        self.offers = self._offers(context, registry, cards)
        checkouts = self.offers.checkouts if self.offers else None
        self.event_router = EventRouter(tracker, CustomerChanges(context, person_cards), checkouts)

    def _offers(
        self, context: Context, registry: dict[type[Effect], RunEffect[Any]], cards: CardUpdates
    ) -> CustomerOffers | None:
        """Build what customers get, and register its works; None: no offer can reach a customer."""
        mailer, writer, approvals = context.mailer, context.writer, context.settings.approvals
        if mailer is None or writer is None or approvals is None or context.settings.public_url is None:
            return None
        policies, permission, pause_control = self.policies, self.permission, self.pause_control
        transitions, snapshots = OfferTransitions(context, cards), OfferSnapshots(context)
        pages, inline = OfferPages(context, snapshots, policies), InlineDispatcher(context, self.dispatcher, MAX_WAIT)
        undoing = UndoPages(context, transitions, pages, inline)
        checkouts = OfferCheckout(context, transitions, snapshots, approvals)
        recheck = OfferRecheck(context, transitions, self.eligibility, policies, permission)
        composer = OfferEmailComposer(context, writer)
        mail = OfferEmails(
            context, transitions, snapshots, recheck, policies, pause_control, permission, composer, mailer, approvals
        )
        reminders = OfferReminders(transitions, snapshots, recheck, policies, pause_control, composer, mailer)
        confirmations = ConfirmationEmails(context, transitions, pages, writer, mailer)
        preparation = OfferPreparation(context, transitions, recheck, pause_control, policies)
        staff = StaffNotifications(context, transitions, self.card_publisher, self.proposal_publisher)
        registry |= {
            effects.PrepareOffer: preparation.prepare,
            effects.ExpireOffer: preparation.expire,
            effects.ClosePromotionCode: preparation.close_code,
            effects.CloseCheckout: checkouts.close,
            effects.TrackCost: CostTracker(context, transitions, policies).track,
            effects.EmailOffer: mail.send,
            effects.RemindOffer: reminders.remind,
            effects.RedeemOffer: OfferRedemption(context, transitions, pages).redeem,
            effects.UndoOffer: undoing.put_back,
            effects.EmailConfirmation: confirmations.email_confirmation,
            effects.EmailRestart: confirmations.email_restart,
            effects.PostAcceptance: staff.post_acceptance,
            effects.PostUndone: staff.post_undone,
            effects.AlertTwoSubscriptions: staff.alert_two_subscriptions,
            effects.AlertFailedOffer: staff.alert_failed_offer,
            effects.AlertUnclearEmail: staff.ask_about_email,
        }
        return CustomerOffers(
            acceptance=OfferAcceptance(context, transitions, pages, checkouts, inline),
            undoing=undoing,
            mail=mail,
            checkouts=checkouts,
        )
