"""Win-back put together on the ports: from a case to a proposal, to an offer, to what came of it."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.keyring import Keyring
from domain.winback.proposal import OfferRow
from flows.cancellations.publish_card import CardPublisher
from flows.effects import (
    AlertTwoSubscriptions,
    AlertUnclearEmail,
    ApplyOffer,
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
from flows.winback.offers.accept import Acceptance
from flows.winback.offers.checkout import Checkouts
from flows.winback.offers.confirmation_emails import AcceptanceMail
from flows.winback.offers.create import Offering
from flows.winback.offers.email import OfferMail
from flows.winback.offers.notify_staff import OfferTelling, View
from flows.winback.offers.page import OfferPages
from flows.winback.offers.prepare import Sending
from flows.winback.offers.redeem import TakingUp
from flows.winback.offers.snapshot import OfferReading
from flows.winback.offers.transitions import OfferBook
from flows.winback.offers.undo import PuttingBack, Undoing
from flows.winback.policy.active_policy import Policies
from flows.winback.policy.requirements import Equipment
from flows.winback.policy.sending_pause import Pausing
from flows.winback.policy.standing_approvals import Standing
from flows.winback.proposals.decide import Approvals
from flows.winback.proposals.draft import Drafting
from flows.winback.proposals.eligibility import Judging
from flows.winback.proposals.evaluate import Considering
from flows.winback.proposals.expire import Lapsing
from flows.winback.proposals.publish import ShowingProposals
from flows.winback.proposals.remind import Reminding
from flows.winback.results.track_outcome import Watching
from flows.winback.unsubscribe import Unsubscribing
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
    policies: Policies
    permission: StaffPermissions
    cards: CardUpdates
    showing: CardPublisher
    equipment: Equipment
    return_url: str | None
    livemode: bool
    keyring: Keyring
    new_id: NewId
    wall: Clock
    say_twice: Callable[[OfferRow], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposing:
    """What staff do: propose, approve, pause; also where nothing can be e-mailed."""

    judging: Judging
    approvals: Approvals
    drafting: Drafting
    standing: Standing
    pausing: Pausing
    reminding: Reminding
    unsubscribing: Unsubscribing
    view: View


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """What customers get: only where letters can be sent and there is a public address."""

    acceptance: Acceptance
    undoing: Undoing
    mail: OfferMail
    checkouts: Checkouts


def propose(ground: Ground, registry: EffectRegistry) -> Proposing:
    """Put together what leads to an offer, and pair its effects with their works."""
    judging = Judging(
        store=ground.store,
        billing=ground.billing,
        offer_billing=ground.offer_billing,
        policies=ground.policies,
        keyring=ground.keyring,
        livemode=ground.livemode,
    )
    offering = Offering(policies=ground.policies, keyring=ground.keyring, new_id=ground.new_id, cards=ground.cards)
    showing = ShowingProposals(
        store=ground.store,
        chat=ground.chat,
        billing=ground.billing,
        policies=ground.policies,
        offering=offering,
        showing=ground.showing,
        letters=ground.letters,
        equipment=ground.equipment,
    )
    considering = Considering(
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
        TrackOutcome, Watching(store=ground.store, billing=ground.billing, offer_billing=ground.offer_billing).watch
    )
    registry.add(ExpireProposal, Lapsing(store=ground.store, cards=ground.cards).end)
    return Proposing(
        judging=judging,
        approvals=Approvals(
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
        drafting=Drafting(
            store=ground.store,
            judging=judging,
            policies=ground.policies,
            permission=ground.permission,
            cards=ground.cards,
            new_id=ground.new_id,
            equipment=ground.equipment,
        ),
        standing=Standing(
            store=ground.store,
            judging=judging,
            policies=ground.policies,
            permission=ground.permission,
            new_id=ground.new_id,
        ),
        pausing=Pausing(store=ground.store, permission=ground.permission),
        reminding=Reminding(store=ground.store, policies=ground.policies, approvals=ground.equipment.approvals),
        unsubscribing=Unsubscribing(
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
    book = OfferBook(store=store, cards=ground.cards)
    reading = OfferReading(store=store, billing=billing)
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
    checkouts = Checkouts(
        store=store,
        book=book,
        reading=reading,
        offer_billing=offer_billing,
        webhooks=ground.webhooks,
        keyring=keyring,
        public_url=public_url,
        approvals=approvals,
    )
    mail = OfferMail(
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
    afterwards = AcceptanceMail(
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
    sending = Sending(
        store=store,
        book=book,
        judging=proposing.judging,
        offer_billing=offer_billing,
        keyring=keyring,
        pausing=proposing.pausing,
    )
    telling = OfferTelling(
        book=book, chat=ground.chat, showing=ground.showing, view=proposing.view, say_twice=ground.say_twice
    )
    registry.add(PrepareOffer, sending.prepare)
    registry.add(ExpireOffer, sending.end)
    registry.add(CloseCheckout, checkouts.close)
    registry.add(EmailOffer, mail.mail)
    registry.add(ApplyOffer, TakingUp(book=book, billing=billing, offer_billing=offer_billing, keyring=keyring).apply)
    registry.add(UndoOffer, PuttingBack(book=book, billing=billing, offer_billing=offer_billing).undo)
    registry.add(EmailConfirmation, afterwards.mail_confirmation)
    registry.add(EmailRestart, afterwards.mail_restart)
    registry.add(PostAcceptance, telling.tell_accepted)
    registry.add(AlertTwoSubscriptions, telling.alert_twice)
    registry.add(AlertUnclearEmail, telling.ask_about_letter)
    inline = InlineDispatcher(
        store=store, dispatcher=dispatcher, new_id=ground.new_id, wall=ground.wall, patience=PATIENCE
    )
    return Offers(
        acceptance=Acceptance(
            store=store,
            book=book,
            billing=billing,
            pages=pages,
            checkouts=checkouts,
            inline=inline,
            new_id=ground.new_id,
            public_url=public_url,
        ),
        undoing=Undoing(
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
