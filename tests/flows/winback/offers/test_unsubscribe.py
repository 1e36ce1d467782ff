"""The link in each email suppresses the person for good; only they can change it."""

import pytest

from domain.winback.proposal import OfferRow
from flows.winback.offers.answers import PageClosed, UnsubscribePage
from tests.databases import KEYRING
from tests.flows.winback.offers.people import AGENT
from tests.flows.winback.offers.winback import Winback
from wording.sanitize import mask_address


async def link_of(winback: Winback, offer: OfferRow) -> str:
    async with winback.store.read() as unit:
        row = await unit.people.unsubscribe_of(offer.person_id)
    assert row is not None
    return KEYRING.link_token(row.id, "unsubscribe", row.key_id)


async def test_opening_unsubscribes_nobody(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.sent(case)

    looked = await winback.flows.unsubscribing.look(await link_of(winback, offer), now=winback.now())

    customer = winback.account.ledger.get("customer", subscription["customer"])
    assert looked == UnsubscribePage(masked_address=mask_address(customer["email"]), done=False)
    async with winback.store.read() as unit:
        assert not await unit.people.suppressed(offer.person_id)


async def test_unsubscribing_withdraws_what_is_open(winback: Winback) -> None:
    _, case = await winback.leaving()
    offer = await winback.sent(case)
    token = await link_of(winback, offer)

    done = await winback.flows.unsubscribing.unsubscribe(token, now=winback.now())
    again = await winback.flows.unsubscribing.unsubscribe(token, now=winback.now())

    assert done == again == UnsubscribePage(masked_address=None, done=True)
    over = await winback.offer(offer)
    assert (over.state, over.why) == ("over", "unsubscribed")
    assert await winback.offers.acceptance.look(winback.token(offer), now=winback.now()) == PageClosed(why="withdrawn")
    looked = await winback.flows.unsubscribing.look(token, now=winback.now())
    assert isinstance(looked, UnsubscribePage)
    assert looked.done
    async with winback.store.read() as unit:
        entries = [row.entry for row in await unit.audit.rows(after=0, limit=100)]
    assert [(each.who, each.whom) for each in entries if each.action == "unsubscribe"] == [
        ("customer", str(offer.person_id))
    ]


async def test_unsubscribing_overrides_staff(winback: Winback) -> None:
    _, case = await winback.leaving()
    offer = await winback.sent(case)
    async with winback.store.begin() as unit:
        await unit.people.suppress(offer.person_id, by=AGENT.id, why="never contact", at=winback.now())
        await unit.commit()
    token = await link_of(winback, offer)
    looked = await winback.flows.unsubscribing.look(token, now=winback.now())
    assert isinstance(looked, UnsubscribePage)
    assert not looked.done

    await winback.flows.unsubscribing.unsubscribe(token, now=winback.now())

    async with winback.store.begin() as unit:
        suppression = await unit.people.suppression(offer.person_id)
        assert suppression is not None
        assert (suppression.by, suppression.why) == (None, "unsubscribed")
        assert not await unit.people.unsuppress(offer.person_id)


async def test_unsubscribing_works_without_stripe(winback: Winback) -> None:
    _, case = await winback.leaving()
    offer = await winback.sent(case)
    token = await link_of(winback, offer)
    winback.sandbox.faults.add("stripe", "/v1/*", "status", status=503, times=None)

    looked = await winback.flows.unsubscribing.look(token, now=winback.now())
    done = await winback.flows.unsubscribing.unsubscribe(token, now=winback.now())

    assert looked == UnsubscribePage(masked_address=None, done=False)
    assert done == UnsubscribePage(masked_address=None, done=True)


@pytest.mark.parametrize("what", ["", "z" * 43, "offer"])
async def test_no_other_token_unsubscribes_anybody(winback: Winback, what: str) -> None:
    _, case = await winback.leaving()
    offer = await winback.sent(case)
    token = winback.token(offer) if what == "offer" else what

    assert await winback.flows.unsubscribing.look(token, now=winback.now()) == PageClosed(why="unknown")
    assert await winback.flows.unsubscribing.unsubscribe(token, now=winback.now()) == PageClosed(why="unknown")
