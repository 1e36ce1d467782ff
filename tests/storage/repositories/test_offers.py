"""Offers come back as they were stored and change only under their version; a person has one open Checkout session."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from domain.ids import OfferId, ProposalId, SessionId, StaffId, SubscriptionId
from domain.money import Money
from domain.winback.case_card import OfferReminder
from domain.winback.offer import FreeMonths
from domain.winback.proposal import CustomerRequest, OfferRow, UndoSnapshot
from storage.store import SqlStore
from tests.databases import KEYRING
from tests.domain.billing.subscriptions import discount, item, price
from tests.storage.offers import add_offer, offer_of, proposal, terms
from tests.storage.samples import NOW, add_case, new_id

HOUR = timedelta(hours=1)


async def an_offer(store: SqlStore) -> OfferRow:
    proposed = proposal(await add_case(store))
    return await add_offer(store, offer_of(proposed), of=proposed)


async def claim(store: SqlStore, offer: OfferRow, session_id: str | None, *, expected: str | None) -> bool:
    async with store.begin() as unit:
        claimed = await unit.offers.claim_checkout(
            offer.person_id,
            offer.id,
            session_id=SessionId(session_id) if session_id else None,
            expected=SessionId(expected) if expected else None,
        )
        await unit.commit()
    return claimed


async def test_offer_is_read_as_stored(store: SqlStore) -> None:
    offer = await an_offer(store)
    changed = replace(
        offer,
        terms=terms(FreeMonths(months=2)),
        note="Come back",
        approved_by=StaffId("U2"),
        state="accepted",
        why="back",
        coupon_id="winback-20",
        promotion_code_id="promo_1",
        code="DANA-7",
        attempts=(("coupon", 1), ("code", 2)),
        email_state="sent",
        sent_at=NOW,
        reminder=OfferReminder(state="stopped", at=NOW + HOUR, why="no_consent"),
        no_thanks_at=NOW + HOUR,
        no_thanks_why="unused",
        request=CustomerRequest(ticket="HELP-7", by=StaffId("U1"), delivery="link"),
        promised=Money(3920, "jpy"),
        accepted_at=NOW + HOUR,
        session_id=SessionId("cs_1"),
        session_expires_at=NOW + 24 * HOUR,
        redeemed_with=SubscriptionId("sub_2"),
        before=UndoSnapshot(
            cancel_at=NOW + HOUR,
            cancel_at_period_end=False,
            items=(item(price(), 2, discount(percent="12.5", products=frozenset({"prod_pro"}))),),
            discounts=(discount(percent="10"),),
            trial_end_at=None,
        ),
        undo_digest="another digest",
        undo_until=NOW + 25 * HOUR,
        undone_at=NOW + 2 * HOUR,
        reserved=("month:2026-11",),
    )
    async with store.begin() as unit:
        assert await unit.offers.get(offer.id) == offer
        assert await unit.offers.get(OfferId(new_id())) is None
        assert await unit.offers.save(changed)
        assert not await unit.offers.save(changed)  # its version has passed
        assert await unit.offers.get(offer.id) == replace(changed, version=2)


async def test_an_offer_is_found_by_all_that_leads_to_it(store: SqlStore) -> None:
    offer = await an_offer(store)
    async with store.begin() as unit:
        assert await unit.offers.save(replace(offer, session_id=SessionId("cs_1"), undo_digest="of undo"))
        found = [
            await unit.offers.by_digest(offer.token_digest),
            await unit.offers.by_undo("of undo"),
            await unit.offers.by_session(SessionId("cs_1")),
            await unit.offers.by_proposal(offer.proposal_id),
            *await unit.offers.of_case(offer.case_id),
            *await unit.offers.of_person(offer.person_id),
        ]
        assert [each and each.id for each in found] == [offer.id] * 6
        assert await unit.offers.by_digest("of undo") is None
        assert await unit.offers.by_undo(offer.token_digest) is None
        assert await unit.offers.by_session(SessionId("cs_2")) is None
        assert await unit.offers.by_proposal(ProposalId(new_id())) is None


async def test_open_session_is_replaced_by_its_holder(store: SqlStore) -> None:
    offer = await an_offer(store)
    async with store.read() as unit:
        assert await unit.offers.checkout_of(offer.person_id) is None
    assert not await claim(store, offer, "cs_2", expected="cs_1")
    assert await claim(store, offer, "cs_1", expected=None)
    assert not await claim(store, offer, "cs_2", expected=None)
    assert await claim(store, offer, "cs_2", expected="cs_1")
    async with store.read() as unit:
        assert await unit.offers.checkout_of(offer.person_id) == (offer.id, "cs_2")
    assert not await claim(store, offer, None, expected="cs_1")
    assert await claim(store, offer, None, expected="cs_2")
    async with store.read() as unit:
        assert await unit.offers.checkout_of(offer.person_id) is None


async def test_one_of_twenty_tabs_opens_checkout(store: SqlStore, database_url: str) -> None:
    offer = await an_offer(store)
    other = SqlStore(database_url, keyring=KEYRING, new_id=new_id)

    async def twenty(of: str, *, expected: str | None) -> str:
        sessions = [f"{of}_{number}" for number in range(20)]
        claims = (claim([store, other][n % 2], offer, each, expected=expected) for n, each in enumerate(sessions))
        claimed = dict(zip(sessions, await asyncio.gather(*claims), strict=True))
        [session] = [each for each, won in claimed.items() if won]
        async with store.read() as unit:
            assert await unit.offers.checkout_of(offer.person_id) == (offer.id, session)
        return session

    await twenty("second", expected=await twenty("first", expected=None))
    await other.close()
