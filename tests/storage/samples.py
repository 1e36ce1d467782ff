"""Plain values of the kinds that are stored, for the tests to vary."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4 as new_id

from domain.billing.monthly_value import MonthlyValue
from domain.billing.subscription import Cancellation
from domain.cancellations.case import Episode
from domain.cancellations.stored_case import Case, Facts
from domain.ids import CaseId, CustomerId, EventId, PersonId, SubscriptionId
from domain.money import Money
from flows.ports import StripeEvent
from flows.ports.store import PersonKey, SubscriptionRow
from storage.store import SqlStore
from tests.databases import KEYRING

__all__ = ["NOW", "add_case", "case", "customer", "event", "new_id", "subscription"]

NOW = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)


def event(number: int, *, subject: str | None = None) -> StripeEvent:
    return StripeEvent(
        id=EventId(f"evt_{number}"),
        type="customer.subscription.updated",
        livemode=False,
        created_at=NOW,
        payload='{"id": "evt"}',
        subject=subject,
    )


def customer(name: str) -> PersonKey:
    """Return the key of a customer under every key of the tests' keyring."""
    return PersonKey(
        kind="customer",
        digests=tuple((key, KEYRING.mac("customer", name.encode(), key_id=key).hex()) for key in KEYRING.key_ids),
    )


def subscription(person_id: PersonId, *, name: str = "sub_1", created_at: datetime = NOW) -> SubscriptionRow:
    return SubscriptionRow(
        id=SubscriptionId(name),
        customer_id=CustomerId("cus_1"),
        person_id=person_id,
        created_at=created_at,
        was_live=True,
        facts=Facts(
            customer_id=CustomerId("cus_1"),
            customer_name="Dana “D” Özil",
            customer_email="dana@example.com",
            plan="Pro",
            value=MonthlyValue(now=Money(4900, "eur"), would_be=Money(4900, "eur"), usage_based=False),
            started_at=created_at,
            status="active",
            livemode=False,
        ),
        version=1,
    )


def case(person_id: PersonId | None = None, *, subscription_id: str = "sub_1", requested_at: datetime = NOW) -> Case:
    return Case(
        id=CaseId(new_id()),
        subscription_id=SubscriptionId(subscription_id),
        person_id=person_id or PersonId(new_id()),
        episode=Episode(
            canceled_ats=frozenset({requested_at, requested_at + timedelta(hours=1)}),
            state="pending",
            requested_at=requested_at,
            ends_at=requested_at + timedelta(days=11),
            ended_at=None,
            resumed_at=None,
            cancellation=Cancellation(
                kind="cancellation_requested",
                feedback="too_expensive",
                feedback_option=None,
                comment="<!channel> \u202e",
            ),
        ),
        silent=False,
        enrichment=None,
        owner=None,
        owned_at=None,
        follow_up=None,
        tags=(),
        version=1,
    )


async def add_case(store: SqlStore) -> Case:
    """Store a case with the person and the subscription that it needs."""
    async with store.begin() as unit:
        person = await unit.people.identify([customer("cus_1")], new_id=PersonId(new_id()), now=NOW)
        await unit.observations.save_row(subscription(person), expected_version=0)
        added = case(person)
        await unit.cases.add(added)
        await unit.commit()
    return added
