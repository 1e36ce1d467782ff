"""After acceptance: the confirmation, the reply under the card, and the reminder before a restart."""

from datetime import timedelta

import pytest

from domain.winback.offer import Pause
from flows.effects import EmailConfirmation, EmailRestart, PostAcceptance
from flows.failures import Unclear
from flows.winback.offers.answers import Accepted
from tests.flows.winback.offers.flows import PUBLIC
from tests.flows.winback.offers.presses import accept, page
from tests.flows.winback.offers.winback import Winback


async def test_what_follows_acceptance(winback: Winback) -> None:
    _, case = await winback.leaving()
    offer = await winback.sent(case)
    await accept(winback, offer)

    done = [type(effect) for effect, outcome in await winback.work() if outcome.what == "done"]

    assert {EmailConfirmation, PostAcceptance} <= set(done)
    assert [row.id for row in winback.wall.accepted] == [offer.id]
    [email] = winback.scribe.confirmations
    assert email.first_due is not None
    assert (email.first_due.minor, email.plan) == (3920, "Pro")
    assert email.undo_url == f"{PUBLIC}/undo/{winback.token(offer, 'undo')}"
    assert [each.subject for each in winback.post.emails] == ["offer", "confirmation"]


async def test_an_unclear_confirmation_is_sent_again(winback: Winback) -> None:
    _, case = await winback.leaving()
    offer = await winback.sent(case)
    await accept(winback, offer)
    winback.post.after = Unclear("the mail server did not answer")
    await winback.work("mail")
    winback.post.after = None

    winback.sandbox.clock.advance(timedelta(minutes=1))
    await winback.work("mail")

    emails = [each.message_id for each in winback.post.emails if each.subject == "confirmation"]
    assert len(emails) == 2
    assert len(set(emails)) == 1


async def test_a_pauses_end_is_announced(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.sent(case, Pause(months=2))
    assert (await page(winback, offer)).first is None

    answer = await accept(winback, offer)

    assert isinstance(answer, Accepted)
    restarts_at = answer.terms.restarts_at
    assert restarts_at is not None
    assert subscription["pause_collection"]["behavior"] == "void"
    winback.sandbox.clock.move_to(restarts_at - timedelta(days=7, hours=1))
    assert EmailRestart(offer.id) not in [effect for effect, _ in await winback.work()]
    winback.sandbox.clock.advance(timedelta(hours=1))
    await winback.work()
    [email] = winback.scribe.restarts
    assert (email.restarts_at, email.amount.minor) == (restarts_at, 4900)
    paid = len(winback.account.invoices.of(subscription, status="paid"))
    winback.sandbox.clock.move_to(restarts_at + timedelta(hours=2))
    assert len(winback.account.invoices.of(subscription, status="paid")) == paid + 1


@pytest.mark.parametrize("meanwhile", ["cancelled again", "pause changed by staff", "pause ended by staff"])
async def test_a_changed_pause_is_not_announced(winback: Winback, meanwhile: str) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.sent(case, Pause(months=2))
    answer = await accept(winback, offer)
    assert isinstance(answer, Accepted)
    restarts_at = answer.terms.restarts_at
    assert restarts_at is not None
    winback.sandbox.clock.move_to(restarts_at - timedelta(days=20))
    if meanwhile == "cancelled again":
        winback.account.portal_cancel(subscription)
    elif meanwhile == "pause changed by staff":
        later = int((restarts_at + timedelta(days=40)).timestamp())
        winback.account.subscriptions.pause_collection(subscription, "void", resumes_at=later)
    else:
        winback.account.subscriptions.pause_collection(subscription, None)

    winback.sandbox.clock.move_to(restarts_at - timedelta(days=6))
    done = dict(await winback.work())

    assert done[EmailRestart(offer.id)].what == "done"
    assert winback.scribe.restarts == []
