"""An observation of a subscription at one time: an event's snapshot, a fresh read, or that we undo an acceptance."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.billing.monthly_value import MonthlyValue
from domain.billing.subscription import Cancellation
from domain.ids import EventId, SubscriptionId

Previous = Mapping[str, datetime | bool | str | None]
"""An update event's `previous_attributes`, flattened: a key with None is not the same as a missing key.

Keys kept: status, canceled_at, cancel_at, cancel_at_period_end, ended_at, collection_paused, kind, feedback,
feedback_option, comment.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One observation.

    `seen_at` has whole seconds: the event's `created`, or the `Date` header of a read. `row_version` is the version of
    our subscription row when a read was made, None for events. `source_id` identifies repeats: the event's id, or one
    made for the read or undo. An undo is noted when the customer asks for it, and shows no state: what it leads to is
    seen by the events and reads that follow.

    `value` is what the subscription was worth just before an event that shows a cancellation; None in all others.

    `collection_paused` and `first_period_ends_at` are None in observations of earlier releases. An end later than
    `first_period_ends_at` is more than one billing period after the sale; a trial counts as one.
    """

    subscription_id: SubscriptionId
    source: Literal["event", "read", "undo"]
    source_id: EventId | str
    event_type: str | None = None
    seen_at: datetime
    row_version: int | None = None
    previous: Previous | None = None
    status: str
    created_at: datetime
    canceled_at: datetime | None
    cancel_at: datetime | None
    cancel_at_period_end: bool
    ended_at: datetime | None
    cancellation: Cancellation
    collection_paused: bool | None = None
    first_period_ends_at: datetime | None = None
    value: MonthlyValue | None = None
