"""The process dies between any two steps: nothing is lost, and nothing is done twice at Stripe."""

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from typing import Any

from domain.winback.offer import Pause
from domain.winback.proposal import OfferRow
from flows.outbox.run_now import MAX_WAIT
from flows.winback.offers.answers import Accepted, OfferPage, RedirectToStripe, Undone
from sandbox.stripe.ledger import Json
from tests.flows.winback.offers.mortal import Killed
from tests.flows.winback.offers.test_checkout import deliver_event, pay
from tests.flows.winback.offers.winback import Winback


async def die_everywhere(
    winback: Winback, begin: Callable[[], Awaitable[Any]], act: Callable[[Any], Awaitable[Any]], *, fewest: int
) -> AsyncIterator[Any]:
    """Play a story as often as there are places to die in `act`, dying at another one each time.

    Each time somebody picks up what was left, and the story, as `begin` gave it, is to be looked at.
    """
    for place in count(1):
        story = await begin()
        winback.fate.at(place)
        try:
            await act(story)
        except Killed:
            await winback.restart()
            await winback.work()
            yield story
        else:
            assert place > fewest
            winback.fate.spare()
            yield story
            return


async def test_a_crash_in_preparation_sends_once(winback: Winback) -> None:
    async def begin() -> tuple[Json, OfferRow]:
        subscription, case = await winback.left()
        await winback.work()
        return subscription, await winback.approved(case)

    async def act(story: Any) -> None:
        await winback.work("stripe")

    async for subscription, offer in die_everywhere(winback, begin, act, fewest=10):
        await winback.work()
        sent = await winback.offer(offer)
        [code] = winback.account.ledger.all("promotion_code", customer=subscription["customer"])
        assert (sent.state, sent.code, sent.promotion_code_id) == ("sent", code["code"], code["id"])
        assert len(emails_to(winback, subscription)) == 1


async def test_a_crash_while_sending_sends_once_or_asks(winback: Winback) -> None:
    async def begin() -> tuple[Json, OfferRow]:
        subscription, case = await winback.leaving()
        await winback.work()
        offer = await winback.approved(case)
        await winback.work("stripe", "slack")
        return subscription, offer

    async def act(story: Any) -> None:
        await winback.work("mail")

    fates = []
    async for subscription, offer in die_everywhere(winback, begin, act, fewest=10):
        sent = await winback.offer(offer)
        arrived = len(emails_to(winback, subscription))
        fates.append((sent.email_state, arrived))
        asked = [view.proposal.id for view in winback.wall.asked].count(offer.proposal_id)
        assert asked == (sent.email_state == "unclear")

    assert set(fates) == {("sent", 1), ("unclear", 0), ("unclear", 1)}


async def test_a_crash_in_redemption_redeems_once(winback: Winback) -> None:
    async def begin() -> tuple[Json, OfferRow, OfferPage]:
        subscription, case = await winback.leaving()
        offer = await winback.sent(case)
        shown = await winback.offers.acceptance.look(winback.token(offer), now=winback.now())
        assert isinstance(shown, OfferPage)
        return subscription, offer, shown

    async def act(story: Any) -> None:
        _, offer, shown = story
        answer = await winback.offers.acceptance.accept(winback.token(offer), agreed=shown.agreed, now=winback.now())
        assert isinstance(answer, Accepted)

    async for subscription, offer, shown in die_everywhere(winback, begin, act, fewest=10):
        winback.sandbox.clock.advance(MAX_WAIT)
        await winback.work()
        if (await winback.offer(offer)).state == "sent":  # it died before the yes was taken down
            assert subscription["cancel_at"] is not None
            await act((subscription, offer, shown))
        assert (await winback.offer(offer)).state == "accepted"
        assert subscription["cancel_at"] is None
        assert len(subscription["discounts"]) == 1


async def test_a_crash_in_undo_undoes_once(winback: Winback) -> None:
    async def begin() -> tuple[Json, OfferRow]:
        subscription, case = await winback.leaving()
        offer = await winback.sent(case, Pause(months=1))
        shown = await winback.offers.acceptance.look(winback.token(offer), now=winback.now())
        assert isinstance(shown, OfferPage)
        await winback.offers.acceptance.accept(winback.token(offer), agreed=shown.agreed, now=winback.now())
        return subscription, offer

    async def act(story: Any) -> None:
        assert await winback.offers.undoing.undo(winback.token(story[1], "undo"), now=winback.now()) == Undone()

    async for subscription, offer in die_everywhere(winback, begin, act, fewest=8):
        winback.sandbox.clock.advance(MAX_WAIT)
        await winback.work()
        if (await winback.offer(offer)).state == "accepted":
            assert subscription["pause_collection"] is not None
            await act((subscription, offer))
        assert (await winback.offer(offer)).state == "undone"
        assert (subscription["pause_collection"], subscription["cancel_at"] is None) == (None, False)


async def test_a_crash_leaves_one_open_session(winback: Winback) -> None:
    async def begin() -> tuple[Json, OfferRow, OfferPage]:
        subscription, case = await winback.left()
        offer = await winback.sent(case)
        shown = await winback.offers.acceptance.look(winback.token(offer), now=winback.now())
        assert isinstance(shown, OfferPage)
        return subscription, offer, shown

    async def act(story: Any) -> Any:
        _, offer, shown = story
        return await winback.offers.acceptance.accept(winback.token(offer), agreed=shown.agreed, now=winback.now())

    async for subscription, offer, shown in die_everywhere(winback, begin, act, fewest=6):
        answer = await act((subscription, offer, shown))
        [session] = winback.account.ledger.all("checkout.session", customer=subscription["customer"])
        assert answer == RedirectToStripe(url=session["url"])


async def test_a_crash_after_payment_redeems_once(winback: Winback) -> None:
    async def begin() -> tuple[Json, OfferRow, Json]:
        subscription, case = await winback.left()
        offer = await winback.sent(case)
        shown = await winback.offers.acceptance.look(winback.token(offer), now=winback.now())
        assert isinstance(shown, OfferPage)
        await winback.offers.acceptance.accept(winback.token(offer), agreed=shown.agreed, now=winback.now())
        [session] = winback.account.ledger.all("checkout.session", customer=subscription["customer"])
        return subscription, offer, pay(winback, session)

    async def act(story: Any) -> None:
        await deliver_event(winback, story[2])

    async for subscription, offer, event in die_everywhere(winback, begin, act, fewest=2):
        await deliver_event(winback, event)
        await winback.work()
        assert (await winback.offer(offer)).state == "accepted"
        subjects = [email.subject for email in emails_to(winback, subscription)]
        assert subjects == ["offer", "confirmation"]


def emails_to(winback: Winback, subscription: Json) -> list[Any]:
    address = winback.account.ledger.get("customer", subscription["customer"])["email"]
    return [email for email in winback.post.emails if email.to == address]
