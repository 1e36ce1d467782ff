"""Whether a customer disputed a payment."""

from billing.client import Client
from domain.ids import CustomerId


async def has_dispute(client: Client, customer_id: CustomerId) -> bool:
    """Say whether any of a customer's newest 100 payments was disputed.

    Raises:
        Refused, Unavailable: as any read.
    """
    async with client.reading("list a customer's charges"):
        charges = await client.v1.charges.list_async({"customer": customer_id, "limit": 100})
    return any(charge.disputed for charge in charges.data)
