"""Effects that alert somebody."""

from dataclasses import dataclass
from typing import Literal

from domain.ids import CaseId, ChannelId, EffectId, EventId, LinkId, OfferId, StaffId
from flows.effects.priority import Priority
from flows.effects.row import SlackEffect


@dataclass(frozen=True)
class AlertDead(SlackEffect):
    """Alert `to`, a channel or a member, that an effect could not be done."""

    post_queue = "people"

    effect_id: EffectId
    to: str


@dataclass(frozen=True)
class AlertSetAside(SlackEffect):
    """Alert `to`, a channel or a member, that an event of Stripe's was set aside."""

    post_queue = "people"

    event_id: EventId
    to: str


@dataclass(frozen=True)
class AlertChannel(SlackEffect):
    """Alert `to`, a channel, a member or a group, that nothing can be posted into a channel of ours."""

    channel: ChannelId
    to: str


@dataclass(frozen=True)
class NotifyUnsentEmail(SlackEffect):
    """Write to the agent who asked for an email with a portal link that it wasn't sent."""

    priority = Priority.SOON
    post_queue = "people"

    effect_id: EffectId
    link_id: LinkId


@dataclass(frozen=True)
class AlertLookups(SlackEffect):
    """Tell the managers (`to`: a channel, a member or a group) how many customers an agent looks up.

    `reached`: an unusual number within an hour, or all that are allowed within 24.
    """

    post_queue = "people"

    staff_id: StaffId
    to: str
    reached: Literal["hour", "day"] = "hour"


@dataclass(frozen=True)
class AlertGuessedCodes(SlackEffect):
    """Alert the managers (`to`: a channel or a member) that several links were ended by wrong codes within a day."""

    post_queue = "people"

    to: str


@dataclass(frozen=True)
class AlertFaultyPolicy(SlackEffect):
    """Alert the approvals channel (`to`) that a newer policy has faults, identified by their `digest`."""

    post_queue = "approvals"

    digest: str
    to: ChannelId


@dataclass(frozen=True)
class AnnounceManagers(SlackEffect):
    """Announce in the approvals channel (`to`) who became a manager and who is no longer one."""

    post_queue = "approvals"

    became: tuple[StaffId, ...]
    ceased: tuple[StaffId, ...]
    to: ChannelId


@dataclass(frozen=True)
class AlertUnclearEmail(SlackEffect):
    """Ask the approvals channel (`to`) whether an offer's email arrived, with two buttons."""

    priority = Priority.SOON
    post_queue = "approvals"

    offer_id: OfferId
    to: ChannelId


@dataclass(frozen=True)
class AlertFailedOffer(SlackEffect):
    """Alert the approvals channel (`to`) that an offer which a customer was sent can't be kept, and why."""

    post_queue = "approvals"

    offer_id: OfferId
    to: ChannelId


@dataclass(frozen=True)
class AlertRefusedStep(SlackEffect):
    """Alert the approvals channel (`to`) that a case's due step can't be proposed, because Stripe would refuse it."""

    post_queue = "approvals"

    case_id: CaseId
    to: ChannelId


@dataclass(frozen=True)
class AlertTwoSubscriptions(SlackEffect):
    """Ask a person (`to`) to cancel and refund one of two subscriptions that one customer now pays for."""

    post_queue = "approvals"

    offer_id: OfferId
    to: ChannelId
