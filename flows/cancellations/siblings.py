"""Other subscriptions of a person that no event has told of: they were there before this program's first start."""

from collections.abc import Mapping

from domain.billing.subscription import Customer
from domain.cancellations.case import SubscriptionCases, match
from domain.ids import CustomerId, SubscriptionId
from flows.failures import ignore_missing
from flows.ports.context import Context
from flows.ports.store import UnitOfWork

MOST_CUSTOMERS = 20
"""How many customers with one address are looked at; more of them share a mailbox rather than being one person."""


async def has_new_case(unit: UnitOfWork, subscription_id: SubscriptionId, story: SubscriptionCases) -> bool:
    """Return whether one of a subscription's cases is not stored yet."""
    known = [(case.id, case.episode.canceled_ats) for case in await unit.cases.of_subscription(subscription_id)]
    return None in match(known, story.episodes)


async def unseen_siblings(
    context: Context, customer: Customer, *, apart_from: SubscriptionId, newest: bool
) -> list[SubscriptionId]:
    """Return the live subscriptions of a customer, and of others with their address, that were never read.

    Without `newest`, it is cheaper, and may miss customers of the last minutes.
    """
    by_address: Mapping[CustomerId, tuple[SubscriptionId, ...] | None] = {}
    if customer.email:
        by_address = await context.billing.live_subscriptions_by_address(customer.email, newest=newest)
    others = [each for each in by_address if each != customer.id]
    live: list[SubscriptionId] = []
    for each in (customer.id, *others[:MOST_CUSTOMERS]):
        theirs = by_address.get(each)
        if theirs is None:
            with ignore_missing():
                theirs = await context.billing.live_subscriptions_of(each)
        live += theirs or ()
    others_live = [each for each in live if each != apart_from]
    if not others_live:
        return []
    async with context.store.read() as unit:
        return [each for each in others_live if await unit.observations.version(each) == 0]
