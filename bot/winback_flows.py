"""Win-back put together on the ports: from a case to a proposal, to an offer, to what came of it."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.keyring import Keyring
from domain.proposal import OfferRow
from flows.acceptance import Acceptance
from flows.acceptance_mail import AcceptanceMail
from flows.approval import Approvals
from flows.card_request import CardRequests
from flows.checkout import Checkouts
from flows.considering import Considering
from flows.drafting import Drafting
from flows.effects import (
    AlertTwice,
    AlertUnclearLetter,
    ApplyOffer,
    CloseCheckout,
    ConsiderAll,
    ConsiderCase,
    EndOffer,
    EndProposal,
    MailConfirmation,
    MailOffer,
    MailRestart,
    PrepareOffer,
    RemindApprovals,
    ShowProposal,
    TellAccepted,
    UndoOffer,
    WatchReturn,
)
from flows.equipment import Equipment
from flows.inline import PATIENCE, Inline
from flows.judging import Judging
from flows.lapsing import Lapsing
from flows.memory import Store
from flows.offer_book import OfferBook
from flows.offer_mail import OfferMail
from flows.offer_page import OfferPages
from flows.offer_reading import OfferReading
from flows.offer_telling import OfferTelling, View
from flows.offering import Offering
from flows.outcome import Watching
from flows.pausing import Pausing
from flows.performing import Performing, Works
from flows.permission import Permission
from flows.policies import Policies
from flows.ports import Billing, Chat, Clock, Directory, LetterWriter, NewId, Notices, Post, Selling
from flows.reminding import Reminding
from flows.sending import Sending
from flows.showing import Showing
from flows.showing_proposals import ShowingProposals
from flows.standing import Standing
from flows.taking_up import TakingUp
from flows.undoing import PuttingBack, Undoing
from flows.unsubscribing import Unsubscribing
from wording.mask import mask_customer
from wording.plan import plan_name, price_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What win-back stands on: the ports it asks, and the flows it shares with the rest."""

    store: Store
    billing: Billing
    selling: Selling
    notices: Notices
    chat: Chat
    directory: Directory
    post: Post | None
    letters: LetterWriter | None
    policies: Policies
    permission: Permission
    cards: CardRequests
    showing: Showing
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


def propose(ground: Ground, works: Works) -> Proposing:
    """Put together what leads to an offer, and pair its effects with their works."""
    judging = Judging(
        store=ground.store,
        billing=ground.billing,
        selling=ground.selling,
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
    works.add(ConsiderCase, considering.consider)
    works.add(ConsiderAll, considering.consider_all)
    works.add(ShowProposal, showing.show)
    works.add(RemindApprovals, showing.remind)
    works.add(WatchReturn, Watching(store=ground.store, billing=ground.billing, selling=ground.selling).watch)
    works.add(EndProposal, Lapsing(store=ground.store, cards=ground.cards).end)
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
    works: Works,
    performing: Performing,
) -> Offers | None:
    """Put together what happens between a yes and a customer's; None where no letter could be sent."""
    approvals, public_url = ground.equipment.approvals, ground.equipment.public_url
    post, letters = ground.post, ground.letters
    if approvals is None or public_url is None or post is None or letters is None:
        return None
    store, billing, selling, keyring = ground.store, ground.billing, ground.selling, ground.keyring
    book = OfferBook(store=store, cards=ground.cards)
    reading = OfferReading(store=store, billing=billing)
    pages = OfferPages(
        store=store,
        reading=reading,
        selling=selling,
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
        selling=selling,
        notices=ground.notices,
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
        selling=selling,
        keyring=keyring,
        pausing=proposing.pausing,
    )
    telling = OfferTelling(
        book=book, chat=ground.chat, showing=ground.showing, view=proposing.view, say_twice=ground.say_twice
    )
    works.add(PrepareOffer, sending.prepare)
    works.add(EndOffer, sending.end)
    works.add(CloseCheckout, checkouts.close)
    works.add(MailOffer, mail.mail)
    works.add(ApplyOffer, TakingUp(book=book, billing=billing, selling=selling, keyring=keyring).apply)
    works.add(UndoOffer, PuttingBack(book=book, billing=billing, selling=selling).undo)
    works.add(MailConfirmation, afterwards.mail_confirmation)
    works.add(MailRestart, afterwards.mail_restart)
    works.add(TellAccepted, telling.tell_accepted)
    works.add(AlertTwice, telling.alert_twice)
    works.add(AlertUnclearLetter, telling.ask_about_letter)
    inline = Inline(store=store, performing=performing, new_id=ground.new_id, wall=ground.wall, patience=PATIENCE)
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
