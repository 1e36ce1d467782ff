"""Check what was sent and reserved, or that nothing was."""

from domain.winback.proposal import OfferRow
from flows.winback.policy.budgets import month_scope
from sandbox.stripe.ledger import Json
from tests.flows.winback.offers.flows import POLICY
from tests.flows.winback.offers.winback import Winback


async def reserved(winback: Winback) -> int:
    return await winback.spent(month_scope(POLICY, winback.now()))


def codes_of(winback: Winback, subscription: Json) -> list[Json]:
    return winback.account.ledger.all("promotion_code", customer=subscription["customer"])


async def nothing_was_sent(winback: Winback, offer: OfferRow, state: str, why: str) -> None:
    offer = await winback.offer(offer)
    assert (offer.state, offer.why, offer.reserved) == (state, why, ())
    assert winback.post.letters == []
    assert await reserved(winback) == 0
    async with winback.store.read() as unit:
        assert await unit.budgets.earlier(offer.person_id, apart_from=None) == []
