"""Other subscriptions of a person that no event has told of: they were there before this program's first start."""

from domain.billing.subscription import Customer
from domain.cancellations.case import SubscriptionCases, match
from domain.ids import SubscriptionId
from flows.failures import ignore_missing
from flows.ports.context import Context
from flows.ports.store import UnitOfWork

MOST_CUSTOMERS = 20
"""How many customers with one address are looked at; more of them share a mailbox rather than being one person."""


async def has_new_case(unit: UnitOfWork, subscription_id: SubscriptionId, story: SubscriptionCases) -> bool:
    """Return whether one of a subscription's cases is not stored yet."""
    known = [(case.id, case.episode.canceled_ats) for case in await unit.cases.of_subscription(subscription_id)]
    return None in match(known, story.episodes)


async def unseen_siblings(context: Context, customer: Customer) -> list[SubscriptionId]:
    """Return the live subscriptions of a customer, and of others with their address, that were never read."""
    customers = [customer.id]
    if customer.email:
        matches = await context.billing.find_customers(customer.email)
        customers += [each.id for each in matches.customers if each.id != customer.id][:MOST_CUSTOMERS]
    live: list[SubscriptionId] = []
    for each in customers:
        with ignore_missing():
            live += await context.billing.live_subscriptions_of(each)
    async with context.store.read() as unit:
        return [each for each in live if await unit.observations.version(each) == 0]
