"""Short calls that decide about the customers of `leaving_customers`."""

from datetime import datetime, timedelta
from uuid import UUID

from domain.ids import CaseId
from domain.winback.decide import decide
from domain.winback.decision import CaseSnapshot, Decision, EarlierOffer, History
from domain.winback.offer import Offer
from domain.winback.policy import Policy, StepTiming
from tests.domain.winback.leaving_customers import DAY, REQUESTED, TWENTY, history, policy, snapshot

HOUR = timedelta(hours=1)
NOW = REQUESTED + HOUR
SECOND = timedelta(seconds=1)
ANOTHER = CaseId(UUID(int=9))
TWO_HOURS = StepTiming(anchor="after", span=2 * HOUR)
THREE_DAYS_BEFORE = StepTiming(anchor="before_end", span=3 * DAY)
A_FORTNIGHT_AFTER = StepTiming(anchor="after_end", span=14 * DAY)


def decided(
    about: CaseSnapshot | None = None, past: History | None = None, by: Policy | None = None, at: datetime = NOW
) -> Decision:
    return decide(about or snapshot(), past or history(), by or policy(), at)


def whys(decision: Decision) -> list[str]:
    return [each.why for each in decision.rejected]


def offered(decision: Decision) -> Offer | None:
    return decision.terms.offer if decision.terms else None


def earlier(at: datetime, *, by_card: bool = False, of: CaseId = ANOTHER) -> EarlierOffer:
    return EarlierOffer(at=at, case_id=of, offer=TWENTY, by_card=by_card)
