"""What became of the persons of cases: read from their other subscriptions, for one case or for many."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.billing.subscription import LIVE_STATUSES
from domain.cancellations.sequel import Departure, OtherSubscription, Sequel, sequel_of
from domain.cancellations.stored_case import Facts
from domain.ids import CaseId, PersonId, SubscriptionId
from storage import tables

_case = tables.cases.c
_subscription = tables.subscriptions.c
_offer = tables.offers.c


@dataclass(frozen=True, slots=True)
class Sequels:
    """The subscriptions of some cases' persons, where they have several, and the first offer of each case."""

    persons: dict[SubscriptionId, PersonId]
    subscriptions: dict[PersonId, list[OtherSubscription]]
    facts: dict[SubscriptionId, Facts]
    offered_at: dict[CaseId, datetime]

    def of(
        self, case_id: CaseId, subscription_id: SubscriptionId, *, requested_at: datetime, resumed_at: datetime | None
    ) -> Sequel | None:
        """Return what became of the person of a case that is not withdrawn."""
        request = Departure(
            subscription_id=subscription_id,
            requested_at=requested_at,
            resumed_at=resumed_at,
            offered_at=self.offered_at.get(case_id),
        )
        # The person from the subscription's row: the case we have may be from before a merge.
        person = self.persons.get(subscription_id)
        return sequel_of(request, self.subscriptions.get(person, ()) if person is not None else ())


async def read_sequels(connection: AsyncConnection, which: ColumnElement[bool]) -> Sequels:
    """Read what tells the sequels of the cases that a condition on their table matches."""
    wanted = select(_subscription.person_id).join(tables.cases, _case.subscription_id == _subscription.id).where(which)
    several = (
        select(_subscription.person_id)
        .where(_subscription.person_id.in_(wanted))
        .group_by(_subscription.person_id)
        .having(func.count() > 1)
    )
    rows = (await connection.execute(select(tables.subscriptions).where(_subscription.person_id.in_(several)))).all()
    if not rows:  # nearly always: what was taken back shows in the case itself
        return Sequels(persons={}, subscriptions={}, facts={}, offered_at={})
    left = dict[str, datetime]()
    requested = (
        select(_case.subscription_id, func.min(_case.requested_at))
        .where(_case.state.in_(("pending", "ended")), _case.person_id.in_(several))
        .group_by(_case.subscription_id)
    )
    for subscription_id, at in await connection.execute(requested):
        left[subscription_id] = at
    persons, facts = dict[SubscriptionId, PersonId](), dict[SubscriptionId, Facts]()
    subscriptions = defaultdict[PersonId, list[OtherSubscription]](list)
    for row in rows:
        persons[row.id] = row.person_id
        if row.facts is not None:
            facts[row.id] = row.facts
        other = OtherSubscription(
            id=SubscriptionId(row.id),
            created_at=row.created_at,
            was_live=row.was_live,
            is_live=row.facts is not None and row.facts.status in LIVE_STATUSES,
            left_at=left.get(row.id),
        )
        subscriptions[row.person_id].append(other)
    made = (
        select(_offer.case_id, func.min(_offer.created_at))
        .where(_offer.case_id.in_(select(_case.id).where(which)), _offer.state.not_in(("stopped", "failed")))
        .group_by(_offer.case_id)
    )
    offered_at = {CaseId(case_id): at for case_id, at in await connection.execute(made)}
    return Sequels(persons=persons, subscriptions=dict(subscriptions), facts=facts, offered_at=offered_at)
