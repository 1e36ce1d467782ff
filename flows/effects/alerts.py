"""Effects that alert somebody."""

from typing import Literal

from domain.ids import CaseId, ChannelId, EffectId, EventId, LinkId, OfferId, StaffId
from flows.effects.priority import Priority
from flows.effects.row import SlackEffect


class AlertDead(SlackEffect, post_queue="people"):
    """Alert `to`, a channel or a member, that an effect could not be done."""

    effect_id: EffectId
    to: str


class AlertSetAside(SlackEffect, post_queue="people"):
    """Alert `to`, a channel or a member, that an event of Stripe's was set aside."""

    event_id: EventId
    to: str


class AlertChannel(SlackEffect):
    """Alert `to`, a channel, a member or a group, that nothing can be posted into a channel of ours."""

    channel: ChannelId
    to: str


class NotifyUnsentEmail(SlackEffect, priority=Priority.SOON, post_queue="people"):
    """Write to the agent who asked for an email with a portal link that it wasn't sent."""

    effect_id: EffectId
    link_id: LinkId


class AlertLookups(SlackEffect, post_queue="people"):
    """Alert the managers (`to`: a channel, a member or a group) to how many customers an agent looks up.

    `reached`: an unusual number within an hour, or all that are allowed within 24.
    """

    staff_id: StaffId
    to: str
    reached: Literal["hour", "day"] = "hour"


class AlertGuessedCodes(SlackEffect, post_queue="people"):
    """Alert the managers (`to`: a channel or a member) that several links were ended by wrong codes within a day."""

    to: str


class AlertUnaskedLink(SlackEffect, post_queue="people"):
    """Alert the managers (`to`: a channel, a member or a group) or the agent that nobody had asked for a link."""

    link_id: LinkId
    to: str


class AlertFaultyPolicy(SlackEffect, post_queue="approvals"):
    """Alert the approvals channel (`to`) that a newer policy has faults, identified by their `digest`."""

    digest: str
    to: ChannelId


class AnnounceManagers(SlackEffect, post_queue="approvals"):
    """Announce in the approvals channel (`to`) who became a manager and who is no longer one."""

    became: tuple[StaffId, ...]
    ceased: tuple[StaffId, ...]
    to: ChannelId


class AlertUnclearEmail(SlackEffect, priority=Priority.SOON, post_queue="approvals"):
    """Ask the approvals channel (`to`) whether an offer's email arrived, with two buttons."""

    offer_id: OfferId
    to: ChannelId


class AlertFailedOffer(SlackEffect, post_queue="approvals"):
    """Alert the approvals channel (`to`) that an offer which a customer was sent can't be kept, and why."""

    offer_id: OfferId
    to: ChannelId


class AlertRefusedStep(SlackEffect, post_queue="approvals"):
    """Alert the approvals channel (`to`) that a case's due step can't be proposed, because Stripe would refuse it."""

    case_id: CaseId
    to: ChannelId


class AlertTwoSubscriptions(SlackEffect, post_queue="approvals"):
    """Ask a person (`to`) to cancel and refund one of two subscriptions that one customer now pays for."""

    offer_id: OfferId
    to: ChannelId


class PostManagersDigest(SlackEffect, post_queue="approvals"):
    """Post into the approvals channel (`to`) what belongs to a digest and is for managers only; `until` is its end."""

    until: str
    to: ChannelId


class PostNothingProposed(SlackEffect, post_queue="approvals"):
    """Post into the approvals channel (`to`) that nothing was proposed in the week until a moment, and why."""

    until: str
    to: ChannelId


class PostManagersWelcome(SlackEffect, post_queue="approvals"):
    """Post into the approvals channel (`to`), after the first start, what keeps offers from being proposed at first."""

    to: ChannelId
