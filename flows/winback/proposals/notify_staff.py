"""What staff hear about an offer beside its card: accepted, paid for twice, an unclear email."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from domain.winback.proposal import COSTS_MORE
from flows.cancellations.publish_card import CardPublisher
from flows.effects import AlertFailedOffer, AlertTwoSubscriptions, AlertUnclearEmail, PostAcceptance, PostUndone
from flows.outbox.dispatcher import Attempt
from flows.ports.context import Context
from flows.winback.offers.transitions import OfferTransitions
from flows.winback.proposals.publish import ProposalPublisher


@dataclass(frozen=True, slots=True)
class StaffNotifications:
    """The work behind replies under a card, and alerts about an offer."""

    context: Context
    transitions: OfferTransitions
    card_publisher: CardPublisher
    proposal_publisher: ProposalPublisher

    async def post_acceptance(self, effect: PostAcceptance, attempt: Attempt, now: datetime) -> None:
        """Reply under the case's card once, unless the offer was undone already."""
        offer = await self.transitions.read(effect.offer_id)
        card = await self.card_publisher.card(offer.case_id, now=now) if offer is not None else None
        if offer is None or offer.state != "accepted" or card is None:
            return
        await self.card_publisher.reply(card, attempt, partial(self.context.chat.post_accepted, card, offer), now=now)

    async def post_undone(self, effect: PostUndone, attempt: Attempt, now: datetime) -> None:
        """Reply under the case's card, once."""
        offer = await self.transitions.read(effect.offer_id)
        card = await self.card_publisher.card(offer.case_id, now=now) if offer is not None else None
        if card is not None:
            await self.card_publisher.reply(card, attempt, partial(self.context.chat.post_undone, card), now=now)

    async def alert_two_subscriptions(self, effect: AlertTwoSubscriptions, attempt: Attempt, now: datetime) -> None:
        """Ask for one of two subscriptions to be cancelled and refunded."""
        offer = await self.transitions.read(effect.offer_id)
        if offer is not None:
            await attempt.alert(self.context.wording.two_subscriptions_text(offer), to=effect.to)

    async def alert_failed_offer(self, effect: AlertFailedOffer, attempt: Attempt, now: datetime) -> None:
        """Alert staff that an offer which a customer was sent can't be kept."""
        offer = await self.transitions.read(effect.offer_id)
        if offer is not None and (offer.state == "failed" or offer.why == COSTS_MORE):
            await attempt.alert(self.context.wording.failed_offer_text(offer), to=effect.to)

    async def ask_about_email(self, effect: AlertUnclearEmail, attempt: Attempt, now: datetime) -> None:
        """Ask whether an email arrived, unless somebody has answered already."""
        offer = await self.transitions.read(effect.offer_id)
        if offer is None or offer.email_state != "unclear":
            return
        view = await self.proposal_publisher.view(offer.proposal_id, now=now)
        if view is not None:
            await attempt.post_once(partial(self.context.chat.ask_about_email, view, to=effect.to), near=effect.to)
