"""Decisions about the customers of `leaving`, in few words."""

from datetime import datetime, timedelta
from uuid import UUID

from domain.ids import CaseId
from domain.winback.decide import decide
from domain.winback.decision import Decision, Earlier, History, Subject
from domain.winback.offer import Offer
from domain.winback.policy import Policy, When
from tests.domain.winback.leaving_customers import DAY, REQUESTED, TWENTY, history, policy, subject

HOUR = timedelta(hours=1)
NOW = REQUESTED + HOUR
SECOND = timedelta(seconds=1)
TWO_HOURS = When(anchor="after", span=2 * HOUR)
THREE_DAYS_BEFORE = When(anchor="before_end", span=3 * DAY)
A_FORTNIGHT_AFTER = When(anchor="after_end", span=14 * DAY)


def decided(
    about: Subject | None = None, past: History | None = None, by: Policy | None = None, at: datetime = NOW
) -> Decision:
    return decide(about or subject(), past or history(), by or policy(), at)


def whys(decision: Decision) -> list[str]:
    return [each.why for each in decision.rejected]


def offered(decision: Decision) -> Offer | None:
    return decision.terms.offer if decision.terms else None


def earlier(at: datetime, *, by_card: bool = False) -> Earlier:
    return Earlier(at=at, case_id=CaseId(UUID(int=9)), offer=TWENTY, by_card=by_card)
