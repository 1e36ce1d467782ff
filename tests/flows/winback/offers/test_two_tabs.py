"""The same page in two tabs: wherever one click interrupts the other, it is one acceptance or session."""

import asyncio
from itertools import count

from domain.winback.proposal import OfferRow
from flows.winback.offers.answers import Accepted, InProgress, OfferPage, PageClosed, RedirectToStripe
from flows.winback.offers.transitions import CHANGES, count_failure, failures
from sandbox.stripe.ledger import Json
from tests.flows.winback.offers.winback import Winback


async def agreed(winback: Winback, offer: OfferRow) -> str:
    shown = await winback.offers.acceptance.look(winback.token(offer), now=winback.now())
    assert isinstance(shown, OfferPage)
    return shown.agreed


async def pressed_twice(winback: Winback, offer: OfferRow, place: int) -> tuple[list[object], bool]:
    """Press the button, and again at a place within the first press; was there such a place?"""
    token, seen, answers = winback.token(offer), await agreed(winback, offer), list[object]()

    async def press() -> None:
        answers.append(await winback.offers.acceptance.accept(token, agreed=seen, now=winback.now()))

    winback.fate.at(place, press)
    await press()
    winback.fate.spare()
    return answers, len(answers) == 2


async def test_interleaved_acceptances_are_one(winback: Winback) -> None:
    for place in count(1):
        subscription, case = await winback.leaving()
        offer = await winback.sent(case)
        updates = count_updates(winback, subscription)

        answers, cut_in = await pressed_twice(winback, offer, place)

        assert {type(each) for each in answers} <= {Accepted, InProgress}
        assert any(isinstance(each, Accepted) for each in answers)
        assert len(updates) == len(subscription["discounts"]) == 1
        if not cut_in:
            assert place > 10
            return


async def test_interleaved_checkouts_are_one(winback: Winback) -> None:
    for place in count(1):
        subscription, case = await winback.left()
        offer = await winback.sent(case)

        answers, cut_in = await pressed_twice(winback, offer, place)

        [session] = winback.account.ledger.all("checkout.session", customer=subscription["customer"], status="open")
        assert set(answers) == {RedirectToStripe(url=session["url"])}
        assert (await winback.offer(offer)).session_id == session["id"]
        if not cut_in:
            assert place > 6
            return


async def test_withdrawing_leaves_no_stray_session(winback: Winback) -> None:
    for place in count(1):
        subscription, case = await winback.left()
        offer = await winback.sent(case)
        token, seen = winback.token(offer), await agreed(winback, offer)
        withdrawn: list[OfferRow] = []

        async def withdraw(offer: OfferRow = offer, withdrawn: list[OfferRow] = withdrawn) -> None:
            withdrawn.append(offer)
            await winback.transitions.give_up(offer.id, "over", why="suppressed", now=winback.now())

        winback.fate.at(place, withdraw)
        answer = await winback.offers.acceptance.accept(token, agreed=seen, now=winback.now())
        winback.fate.spare()

        open_ones = winback.account.ledger.all("checkout.session", customer=subscription["customer"], status="open")
        if isinstance(answer, RedirectToStripe):
            assert [each["id"] for each in open_ones] == [(await winback.offer(offer)).session_id]
        else:
            assert (answer, open_ones) == (PageClosed(why="withdrawn"), [])
        if not withdrawn:
            assert place > 6
            return


async def test_concurrent_changes_are_all_made(shared_winback: Winback) -> None:
    winback = shared_winback
    offer = await winback.approved((await winback.leaving())[1])

    await asyncio.gather(
        *(
            winback.transitions.change(
                offer.id, lambda row: count_failure(row, "try"), who="test", action="count", now=winback.now()
            )
            for _ in range(CHANGES)
        )
    )

    assert failures(await winback.offer(offer), "try") == CHANGES


def count_updates(winback: Winback, subscription: Json) -> list[str]:
    """Keep, from now on, what is asked to be changed of a subscription."""
    asked: list[str] = []
    path = f"/v1/subscriptions/{subscription['id']}"
    winback.account.observers.append(
        lambda exchange: asked.append(path) if (exchange.method, exchange.path) == ("POST", path) else None
    )
    return asked
