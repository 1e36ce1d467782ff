"""A case as `winback report` prints it."""

from dataclasses import dataclass
from datetime import datetime

from domain.ids import CaseId, CustomerId, SubscriptionId
from domain.money import Money
from domain.winback.outcome import ReturnCause


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedCase:
    """A case of a span, with what it adds to the reports.

    `ends_at` is when it ended or will end. `value` is what it brought a month, None if that isn't known. It `lost` that
    a month, or `gained` something by a switch. `sent`: an offer was emailed. `kept_30` and
    `kept_90` are None where nothing counts, or where the return counts with another case of the span that it answers.
    """

    case_id: CaseId
    subscription_id: SubscriptionId
    customer_id: CustomerId
    requested_at: datetime
    ends_at: datetime | None
    currency: str
    value: Money | None
    reason: str | None
    decline_code: str | None
    rule: str | None
    sent: bool
    how: ReturnCause | None
    switched: bool
    still_subscribed: bool
    stayed_30: bool | None
    stayed_90: bool | None
    lost: Money | None
    gained: Money | None
    kept_30: Money | None
    kept_90: Money | None
