"""The flows put together on their ports: the same for the running program and for whoever drives them by hand."""

from dataclasses import dataclass
from datetime import timedelta

from bot.assembly.winback import Ground, Offers, Proposing, offer, propose
from bot.views.alerts import dead_effect, managers_changed, many_lookups, two_subscriptions, unsent_letter
from domain.ids import ChannelId
from domain.keyring import Keyring
from flows.cancellations.case_actions import Contact
from flows.cancellations.enrich import Enriching
from flows.cancellations.publish_card import Showing
from flows.cancellations.track_case import Cancellations
from flows.effects import (
    AlertDead,
    AlertLookups,
    AnnounceManagers,
    AskOwner,
    CloseReasonWindow,
    EnrichCase,
    MailCode,
    MailLink,
    ReadAgain,
    ReadCustomer,
    ShowCard,
    TellComeback,
    TellUnsent,
)
from flows.events.address_change import AddressChanges
from flows.events.poll import CatchingUp
from flows.events.receive import Intake
from flows.events.refresh import Rereading
from flows.events.routing import HEEDED, Reactions
from flows.outbox.alerts import Alerting
from flows.outbox.card_updates import CardRequests
from flows.outbox.dispatcher import Performing, Works
from flows.people.manager_changes import Managers
from flows.people.staff_permissions import Permission
from flows.portal_links.answers import LinkTerms
from flows.portal_links.deliver import HandingOver
from flows.portal_links.emails import LinkMail
from flows.portal_links.landing_page import LinkPages
from flows.portal_links.look_up import PortalLinks
from flows.portal_links.lookup_limits import CountedLookups
from flows.portal_links.verify_customer import Verification
from flows.ports import Billing, Chat, Clock, Directory, LetterWriter, NewId, Notices, Post, Selling
from flows.ports.store import Store
from flows.winback.policy.active_policy import Policies
from flows.winback.policy.requirements import Equipment
from flows.winback.proposals.feature_launch import Shipping
from flows.winback.results.customer_profile import Filing
from flows.winback.results.report import Report
from wording.mask import mask_customer
from wording.plan import plan_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The outside as the flows know it. `post` and `letters` are None where nothing can be e-mailed."""

    store: Store
    billing: Billing
    selling: Selling
    notices: Notices
    chat: Chat
    directory: Directory
    post: Post | None
    letters: LetterWriter | None


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
    def equipment(self) -> Equipment:
        """What win-back has to work with."""
        return Equipment(approvals=self.approvals, public_url=self.links.public_url, mail=self.links.mail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """All that the program does."""

    intake: Intake
    catching_up: CatchingUp
    reactions: Reactions
    performing: Performing
    showing: Showing
    contact: Contact
    permission: Permission
    portal_links: PortalLinks
    handing_over: HandingOver
    link_pages: LinkPages
    managers: Managers
    policies: Policies
    proposing: Proposing
    offers: Offers | None
    report: Report
    filing: Filing
    shipping: Shipping


def put_together(
    ports: Ports, *, terms: Terms, policies: Policies, keyring: Keyring, new_id: NewId, wall: Clock
) -> Flows:
    """Build the flows; opens nothing."""
    store, billing = ports.store, ports.billing
    cards = CardRequests(reason_wait=terms.reason_wait)
    permission = Permission(directory=ports.directory, store=store)
    verification = Verification(store=store, billing=billing, terms=terms.links, livemode=terms.livemode)
    cancellations = Cancellations(
        store=store,
        billing=billing,
        notices=ports.notices,
        keyring=keyring,
        new_id=new_id,
        cards=cards,
        name_plan=plan_name,
        winning_back=terms.approvals is not None,
    )
    showing = Showing(store=store, chat=ports.chat, cards=cards)
    alerting = Alerting(
        store=store,
        chat=ports.chat,
        say_dead=dead_effect,
        say_unsent=unsent_letter,
        say_lookups=many_lookups,
        say_managers=managers_changed,
    )
    rereading = Rereading(billing=billing, cancellations=cancellations)
    works = Works()
    works.add(ShowCard, showing.show_card)
    works.add(TellComeback, showing.tell_comeback)
    works.add(AskOwner, showing.ask_owner)
    works.add(CloseReasonWindow, showing.close_reason_window)
    works.add(EnrichCase, Enriching(store=store, billing=billing, cards=cards).enrich)
    works.add(ReadAgain, rereading.subscription)
    works.add(ReadCustomer, rereading.customer)
    works.add(AlertDead, alerting.alert_dead)
    works.add(TellUnsent, alerting.tell_unsent)
    works.add(AlertLookups, alerting.alert_lookups)
    works.add(AnnounceManagers, alerting.announce_managers)
    if ports.post is not None and ports.letters is not None:
        mail = LinkMail(
            store=store,
            verification=verification,
            directory=ports.directory,
            keyring=keyring,
            writer=ports.letters,
            post=ports.post,
            terms=terms.links,
        )
        works.add(MailLink, mail.mail_link)
        works.add(MailCode, mail.mail_code)
    performing = Performing(store=store, works=works, wall=wall, alarms=terms.alarms)
    ground = Ground(
        store=store,
        billing=billing,
        selling=ports.selling,
        notices=ports.notices,
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
        say_twice=two_subscriptions,
    )
    proposing = propose(ground, works)
    offers = offer(ground, proposing, works, performing)
    return Flows(
        intake=Intake(store=store, notices=ports.notices, heeded=HEEDED),
        catching_up=CatchingUp(store=store, billing=billing),
        reactions=Reactions(
            cancellations=cancellations,
            address_changes=AddressChanges(store=store, notices=ports.notices, keyring=keyring, new_id=new_id),
            checkouts=offers.checkouts if offers else None,
        ),
        performing=performing,
        showing=showing,
        contact=Contact(store=store, permission=permission, cards=cards),
        permission=permission,
        portal_links=PortalLinks(
            store=store,
            billing=billing,
            permission=permission,
            keyring=keyring,
            new_id=new_id,
            verification=verification,
            terms=terms.links,
        ),
        handing_over=HandingOver(
            store=store,
            billing=billing,
            permission=permission,
            verification=verification,
            keyring=keyring,
            new_id=new_id,
            terms=terms.links,
        ),
        link_pages=LinkPages(
            store=store,
            billing=billing,
            verification=verification,
            keyring=keyring,
            new_id=new_id,
            terms=terms.links,
            mask=mask_customer,
        ),
        managers=Managers(store=store, directory=ports.directory, approvals=terms.approvals),
        policies=policies,
        proposing=proposing,
        offers=offers,
        report=Report(store=store, permission=permission, policies=policies, new_id=new_id),
        filing=Filing(
            store=store,
            billing=billing,
            permission=permission,
            policies=policies,
            keyring=keyring,
            new_id=new_id,
            lookups=CountedLookups(store=store, keyring=keyring, new_id=new_id, terms=terms.links),
            livemode=terms.livemode,
        ),
        shipping=Shipping(
            store=store, permission=permission, policies=policies, drafting=proposing.drafting, new_id=new_id
        ),
    )
