"""Two persons who turn out to be one: the stricter of what was known of each holds, and one offer is open at most."""

from datetime import timedelta

import pytest

from domain.winback.proposal import ProposalRow
from flows.winback.proposals.answers import Approved
from tests.flows.winback.harness import AGENT, ProposalHarness


async def proposed(harness: ProposalHarness, number: int) -> list[ProposalRow]:
    """Let people leave who all subscribed a day before, so that none has switched, and return what is proposed."""
    subscriptions = [harness.account.subscribe(harness.customer(), harness.price()) for _ in range(number)]
    harness.pass_time(timedelta(days=1))
    for subscription in subscriptions:
        harness.account.portal_cancel(subscription, "too_expensive", None)
    cases = [await harness.case(subscription) for subscription in subscriptions]
    await harness.work()
    proposals = [await harness.newest(case.id) for case in cases]
    return [proposal for proposal in proposals if proposal is not None]


async def merge(harness: ProposalHarness, first: ProposalRow, second: ProposalRow, *, by_event: bool = True) -> None:
    """Give the second customer the first one's address, and learn it from Stripe's event or from the next read."""
    one, other = (harness.account.ledger.get("customer", each.customer_id) for each in (first, second))
    harness.account.update_email(other, one["email"].upper())
    if by_event:
        pages = harness.billing.events_back_to(harness.now() - timedelta(seconds=1))
        events = [event async for page in pages for event in page]
        event = next(each for each in events if (each.type, each.subject) == ("customer.updated", other["id"]))
        await harness.flows.event_router.route(event, now=harness.now())
    else:
        await harness.case(harness.subscription(second))
    await harness.work()


async def state(harness: ProposalHarness, proposal: ProposalRow) -> tuple[str, str | None]:
    row = await harness.proposal(proposal.id)
    return row.state, row.why


@pytest.mark.parametrize("by_event", [True, False])
async def test_one_of_two_open_proposals_stays(harness: ProposalHarness, *, by_event: bool) -> None:
    first, second = await proposed(harness, 2)
    await merge(harness, first, second, by_event=by_event)
    assert await state(harness, first) == ("open", None)
    assert await state(harness, second) == ("withdrawn", "open_already")
    assert isinstance(await harness.approve(await harness.proposal(first.id)), Approved)


async def test_an_approved_offer_goes_before_a_proposal(harness: ProposalHarness) -> None:
    first, second = await proposed(harness, 2)
    assert isinstance(await harness.approve(second), Approved)
    await merge(harness, first, second)
    assert await state(harness, first) == ("withdrawn", "open_already")
    offer = await harness.offer(second.id)
    assert offer is not None
    assert offer.state == "sending"


async def test_what_both_may_know_of_stays(harness: ProposalHarness) -> None:
    first, second, third = await proposed(harness, 3)
    for each in (first, second):
        assert isinstance(await harness.approve(each), Approved)
        await harness.send(each)
    await merge(harness, first, second)
    await merge(harness, first, third)
    offers = [await harness.offer(each.id) for each in (first, second)]
    assert [offer and offer.state for offer in offers] == ["sent", "sent"]
    assert await state(harness, third) == ("withdrawn", "open_already")


@pytest.mark.parametrize("suppressed_first", [True, False])
async def test_suppression_of_one_holds_for_both(harness: ProposalHarness, *, suppressed_first: bool) -> None:
    first, second = await proposed(harness, 2)
    suppressed, other = (first, second) if suppressed_first else (second, first)
    await harness.flows.case_actions.never_contact(requester=AGENT, case_id=suppressed.case_id, now=harness.now())
    assert isinstance(await harness.approve(other), Approved)
    await merge(harness, first, second)
    offer = await harness.offer(other.id)
    assert offer is not None
    assert (offer.state, offer.why) == ("over", "suppressed")
