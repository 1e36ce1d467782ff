"""Two persons who turn out to be one: the stricter of what was known of each holds, and one offer is open at most."""

from datetime import timedelta

import pytest

from domain.winback.proposal import ProposalRow
from flows.winback.proposals.answers import Approved
from tests.flows.winback.bureau import AGENT, Bureau


async def proposed(bureau: Bureau, number: int) -> list[ProposalRow]:
    """Let people leave who all subscribed a day before, so that none has switched, and return what is proposed."""
    subscriptions = [bureau.account.subscribe(bureau.customer(), bureau.price()) for _ in range(number)]
    bureau.pass_time(timedelta(days=1))
    for subscription in subscriptions:
        bureau.account.portal_cancel(subscription, "too_expensive", None)
    cases = [await bureau.case(subscription) for subscription in subscriptions]
    await bureau.work()
    proposals = [await bureau.newest(case.id) for case in cases]
    return [proposal for proposal in proposals if proposal is not None]


async def merge(bureau: Bureau, first: ProposalRow, second: ProposalRow, *, by_event: bool = True) -> None:
    """Give the second customer the first one's address, and learn it from Stripe's event or from the next read."""
    one, other = (bureau.account.ledger.get("customer", each.customer_id) for each in (first, second))
    bureau.account.update_email(other, one["email"].upper())
    if by_event:
        pages = bureau.billing.events_back_to(bureau.now() - timedelta(seconds=1))
        events = [event async for page in pages for event in page]
        event = next(each for each in events if (each.type, each.subject) == ("customer.updated", other["id"]))
        await bureau.flows.event_router.route(event, now=bureau.now())
    else:
        await bureau.case(bureau.subscription(second))
    await bureau.work()


async def state(bureau: Bureau, proposal: ProposalRow) -> tuple[str, str | None]:
    row = await bureau.proposal(proposal.id)
    return row.state, row.why


@pytest.mark.parametrize("by_event", [True, False])
async def test_one_of_two_open_proposals_stays(bureau: Bureau, *, by_event: bool) -> None:
    first, second = await proposed(bureau, 2)
    await merge(bureau, first, second, by_event=by_event)
    assert await state(bureau, first) == ("open", None)
    assert await state(bureau, second) == ("withdrawn", "open_already")
    assert isinstance(await bureau.approve(await bureau.proposal(first.id)), Approved)


async def test_an_approved_offer_goes_before_a_proposal(bureau: Bureau) -> None:
    first, second = await proposed(bureau, 2)
    assert isinstance(await bureau.approve(second), Approved)
    await merge(bureau, first, second)
    assert await state(bureau, first) == ("withdrawn", "open_already")
    offer = await bureau.offer(second.id)
    assert offer is not None
    assert offer.state == "sending"


async def test_what_both_may_know_of_stays(bureau: Bureau) -> None:
    first, second, third = await proposed(bureau, 3)
    for each in (first, second):
        assert isinstance(await bureau.approve(each), Approved)
        await bureau.send(each)
    await merge(bureau, first, second)
    await merge(bureau, first, third)
    offers = [await bureau.offer(each.id) for each in (first, second)]
    assert [offer and offer.state for offer in offers] == ["sent", "sent"]
    assert await state(bureau, third) == ("withdrawn", "open_already")


@pytest.mark.parametrize("suppressed_first", [True, False])
async def test_suppression_of_one_holds_for_both(bureau: Bureau, *, suppressed_first: bool) -> None:
    first, second = await proposed(bureau, 2)
    suppressed, other = (first, second) if suppressed_first else (second, first)
    await bureau.flows.case_actions.never_contact(requester=AGENT, case_id=suppressed.case_id, now=bureau.now())
    assert isinstance(await bureau.approve(other), Approved)
    await merge(bureau, first, second)
    offer = await bureau.offer(other.id)
    assert offer is not None
    assert (offer.state, offer.why) == ("over", "suppressed")
