"""What every effect has: a lane of the outbox, and a row there with its progress.

There is one lane for each outside service: a refused credential pauses its lane only.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal, dataclass_transform

from domain.cancellations.stored_case import Place
from domain.ids import EffectId, EventId
from flows.effects.priority import Priority

Lane = Literal["slack", "stripe", "mail"]

PostQueue = Literal["cards", "replies", "approvals", "people"]
"""New messages to one place, which are posted one after the other: Slack takes about one a second and channel."""

TRIES_IN_TURN = 4
"""So often a message that fails is tried again before those that were asked for later overtake it."""


@dataclass_transform(frozen_default=True)
class Effect:
    """One thing to do outside. Each kind is a frozen dataclass, whose fields are our own ids only.

    `post_queue` is where it posts a message, if it does; an edit of a posted one waits for none. `prunable`: a row that
    has been done for days may be deleted, since nobody asks for it again by its key, or doing it again changes nothing.
    Never where the row holds a message's place, or keeps something from being sent twice.
    """

    lane: ClassVar[Lane]
    priority: ClassVar[Priority]
    post_queue: ClassVar[PostQueue | None]
    prunable: ClassVar[bool]

    def __init_subclass__(
        cls, *, priority: Priority = Priority.LATER, post_queue: PostQueue | None = None, prunable: bool = False
    ) -> None:
        """Make each kind a dataclass."""
        dataclass(frozen=True)(cls)
        cls.priority, cls.post_queue, cls.prunable = priority, post_queue, prunable


class SlackEffect(Effect):
    """An effect that calls Slack."""

    lane = "slack"


class StripeEffect(Effect):
    """An effect that calls Stripe, or our database alone."""

    lane = "stripe"


class EmailEffect(Effect):
    """An effect that sends an email."""

    lane = "mail"


class UnreadableEffect(Effect):
    """Stands for an effect that this version can't read: of a `kind` that another wrote, or with broken ids.

    It can't be done, only ended with an alert. Its row is in the lane that it was written for.
    """

    lane = "stripe"
    kind: str


EffectState = Literal["waiting", "running", "done", "dead", "unclear"]
"""`unclear`: it may have happened and can't be looked up; a person must decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """An effect with its progress.

    `due_at` is business time; `retry_at`, `attempt_started_at` and the lease are wall time. `attempt_started_at` is
    committed before each call that may have an effect: if a row just claimed has it, an earlier attempt may have
    succeeded. `wanted` counts requests, `shown` the last one done. `place` is where the message is, `cause` the id of
    the event that caused the last request.
    """

    id: EffectId
    effect: Effect
    priority: Priority
    state: EffectState
    due_at: datetime
    retry_at: datetime | None
    attempt_started_at: datetime | None
    attempts: int
    wanted: int
    shown: int
    place: Place | None
    fault: str | None
    cause: EventId | None
