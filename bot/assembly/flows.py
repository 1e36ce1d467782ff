"""The flows put together on their ports: the same for the running program and for whoever drives them by hand."""

from dataclasses import dataclass
from datetime import timedelta

from bot.assembly.winback import Ground, Offers, Proposing, offer, propose
from bot.views.alerts import (
    dead_effect_text,
    managers_changed_text,
    many_lookups_text,
    two_subscriptions_text,
    unsent_email_text,
)
from domain.ids import ChannelId
from domain.keyring import Keyring
from flows.cancellations.case_actions import CaseActions
from flows.cancellations.enrich import CaseEnrichment
from flows.cancellations.publish_card import CardPublisher
from flows.cancellations.track_case import CaseTracker
from flows.effects import (
    AlertDead,
    AlertLookups,
    AnnounceManagers,
    AskFollowUp,
    CloseReasonWindow,
    EmailCode,
    EmailLink,
    EnrichCase,
    NotifyUnsentEmail,
    PostReturn,
    RefreshCustomer,
    RefreshSubscription,
    ShowCard,
)
from flows.events.address_change import AddressChanges
from flows.events.poll import EventPoller
from flows.events.receive import EventReceiver
from flows.events.refresh import SubscriptionRefresh
from flows.events.routing import HEEDED, EventRouter
from flows.outbox.alerts import Alerts
from flows.outbox.card_updates import CardUpdates
from flows.outbox.dispatcher import Dispatcher, EffectRegistry
from flows.people.manager_changes import ManagerChanges
from flows.people.staff_permissions import StaffPermissions
from flows.portal_links.answers import LinkTerms
from flows.portal_links.deliver import LinkDelivery
from flows.portal_links.emails import LinkEmails
from flows.portal_links.landing_page import LandingPages
from flows.portal_links.look_up import CustomerLookup
from flows.portal_links.lookup_limits import LookupLimits
from flows.portal_links.verify_customer import CustomerVerification
from flows.ports import Billing, Chat, Clock, Directory, EmailWriter, Mailer, NewId, OfferBilling, Webhooks
from flows.ports.store import Store
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.policy.requirements import Requirements
from flows.winback.proposals.feature_launch import FeatureLaunch
from flows.winback.results.customer_profile import CustomerProfiles
from flows.winback.results.report import ResultsReport
from wording.mask import mask_customer
from wording.plan import plan_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The outside as the flows know it. `post` and `letters` are None where nothing can be e-mailed."""

    store: Store
    billing: Billing
    offer_billing: OfferBilling
    webhooks: Webhooks
    chat: Chat
    directory: Directory
    post: Mailer | None
    letters: EmailWriter | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the settings say about how the flows work.

    `alarms` names who is told of dead effects, `approvals` the channel that is told who became a manager.
    """

    links: LinkTerms
    reason_wait: timedelta
    livemode: bool
    alarms: tuple[str, ...]
    approvals: ChannelId | None

    @property
    def equipment(self) -> Requirements:
        """What win-back has to work with."""
        return Requirements(approvals=self.approvals, public_url=self.links.public_url, mail=self.links.mail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """All that the program does."""

    intake: EventReceiver
    catching_up: EventPoller
    event_router: EventRouter
    dispatcher: Dispatcher
    showing: CardPublisher
    contact: CaseActions
    permission: StaffPermissions
    portal_links: CustomerLookup
    handing_over: LinkDelivery
    link_pages: LandingPages
    managers: ManagerChanges
    policies: ActivePolicy
    proposing: Proposing
    offers: Offers | None
    report: ResultsReport
    filing: CustomerProfiles
    shipping: FeatureLaunch


def put_together(
    ports: Ports, *, terms: Terms, policies: ActivePolicy, keyring: Keyring, new_id: NewId, wall: Clock
) -> Flows:
    """Build the flows; opens nothing."""
    store, billing = ports.store, ports.billing
    cards = CardUpdates(reason_wait=terms.reason_wait)
    permission = StaffPermissions(directory=ports.directory, store=store)
    verification = CustomerVerification(store=store, billing=billing, terms=terms.links, livemode=terms.livemode)
    cancellations = CaseTracker(
        store=store,
        billing=billing,
        webhooks=ports.webhooks,
        keyring=keyring,
        new_id=new_id,
        cards=cards,
        name_plan=plan_name,
        winning_back=terms.approvals is not None,
    )
    showing = CardPublisher(store=store, chat=ports.chat, cards=cards)
    alerting = Alerts(
        store=store,
        chat=ports.chat,
        say_dead=dead_effect_text,
        say_unsent=unsent_email_text,
        say_lookups=many_lookups_text,
        say_managers=managers_changed_text,
    )
    rereading = SubscriptionRefresh(billing=billing, cancellations=cancellations)
    registry = EffectRegistry()
    registry.add(ShowCard, showing.show_card)
    registry.add(PostReturn, showing.tell_comeback)
    registry.add(AskFollowUp, showing.ask_owner)
    registry.add(CloseReasonWindow, showing.close_reason_window)
    registry.add(EnrichCase, CaseEnrichment(store=store, billing=billing, cards=cards).enrich)
    registry.add(RefreshSubscription, rereading.subscription)
    registry.add(RefreshCustomer, rereading.customer)
    registry.add(AlertDead, alerting.alert_dead)
    registry.add(NotifyUnsentEmail, alerting.tell_unsent)
    registry.add(AlertLookups, alerting.alert_lookups)
    registry.add(AnnounceManagers, alerting.announce_managers)
    if ports.post is not None and ports.letters is not None:
        mail = LinkEmails(
            store=store,
            verification=verification,
            directory=ports.directory,
            keyring=keyring,
            writer=ports.letters,
            post=ports.post,
            terms=terms.links,
        )
        registry.add(EmailLink, mail.mail_link)
        registry.add(EmailCode, mail.mail_code)
    dispatcher = Dispatcher(store=store, registry=registry, wall=wall, alarms=terms.alarms)
    ground = Ground(
        store=store,
        billing=billing,
        offer_billing=ports.offer_billing,
        webhooks=ports.webhooks,
        chat=ports.chat,
        directory=ports.directory,
        post=ports.post,
        letters=ports.letters,
        policies=policies,
        permission=permission,
        cards=cards,
        showing=showing,
        equipment=terms.equipment,
        return_url=terms.links.return_url,
        livemode=terms.livemode,
        keyring=keyring,
        new_id=new_id,
        wall=wall,
        say_twice=two_subscriptions_text,
    )
    proposing = propose(ground, registry)
    offers = offer(ground, proposing, registry, dispatcher)
    return Flows(
        intake=EventReceiver(store=store, webhooks=ports.webhooks, heeded=HEEDED),
        catching_up=EventPoller(store=store, billing=billing),
        event_router=EventRouter(
            cancellations=cancellations,
            address_changes=AddressChanges(store=store, webhooks=ports.webhooks, keyring=keyring, new_id=new_id),
            checkouts=offers.checkouts if offers else None,
        ),
        dispatcher=dispatcher,
        showing=showing,
        contact=CaseActions(store=store, permission=permission, cards=cards),
        permission=permission,
        portal_links=CustomerLookup(
            store=store,
            billing=billing,
            permission=permission,
            keyring=keyring,
            new_id=new_id,
            verification=verification,
            terms=terms.links,
        ),
        handing_over=LinkDelivery(
            store=store,
            billing=billing,
            permission=permission,
            verification=verification,
            keyring=keyring,
            new_id=new_id,
            terms=terms.links,
        ),
        link_pages=LandingPages(
            store=store,
            billing=billing,
            verification=verification,
            keyring=keyring,
            new_id=new_id,
            terms=terms.links,
            mask=mask_customer,
        ),
        managers=ManagerChanges(store=store, directory=ports.directory, approvals=terms.approvals),
        policies=policies,
        proposing=proposing,
        offers=offers,
        report=ResultsReport(store=store, permission=permission, policies=policies, new_id=new_id),
        filing=CustomerProfiles(
            store=store,
            billing=billing,
            permission=permission,
            policies=policies,
            keyring=keyring,
            new_id=new_id,
            lookups=LookupLimits(store=store, keyring=keyring, new_id=new_id, terms=terms.links),
            livemode=terms.livemode,
        ),
        shipping=FeatureLaunch(
            store=store, permission=permission, policies=policies, drafting=proposing.drafting, new_id=new_id
        ),
    )
