"""A customer who was deleted at Stripe: what was proposed is withdrawn, and nothing else can be, not even a call."""

from datetime import timedelta

from domain.winback.offer import CallBack
from domain.winback.proposal import ProposalRow
from domain.winback.rule_matching import ShippedFeature
from flows.winback.policy.eligibility import NotEligible
from flows.winback.proposals.answers import Approved
from sandbox.stripe.ledger import Json
from tests.flows.winback.harness import AGENT, MONA, ProposalHarness


async def delete(harness: ProposalHarness, proposal: ProposalRow) -> None:
    """Delete the customer of a proposal, and take in Stripe's event of it alone."""
    customer = harness.account.ledger.get("customer", proposal.customer_id)
    harness.account.delete_customer(customer)
    pages = harness.billing.events_back_to(harness.now() - timedelta(minutes=1))
    events = [event async for page in pages for event in page]
    (event,) = (each for each in events if (each.type, each.subject) == ("customer.deleted", customer["id"]))
    await harness.flows.event_router.route(event, now=harness.now())
    await harness.work()


async def test_open_proposal_is_withdrawn(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()
    await delete(harness, proposal)
    withdrawn = await harness.proposal(proposal.id)
    assert (withdrawn.state, withdrawn.why) == ("withdrawn", "customer_deleted")
    assert harness.shown(proposal.id).proposal.state == "withdrawn"
    assert await harness.newest(proposal.case_id) == withdrawn


async def test_approved_offer_is_not_sent(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()
    assert isinstance(await harness.approve(proposal), Approved)
    await delete(harness, proposal)
    offer = await harness.offer(proposal.id)
    assert offer is not None
    assert (offer.state, offer.why) == ("over", "customer_deleted")
    assert await harness.spent(f"month:{harness.month()}") in ({}, {"eur": 0})


async def test_sent_offer_is_over(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()
    assert isinstance(await harness.approve(proposal), Approved)
    await harness.send(proposal)
    await delete(harness, proposal)
    offer = await harness.offer(proposal.id)
    assert offer is not None
    assert (offer.state, offer.why) == ("over", "customer_deleted")


async def test_nothing_can_be_proposed_by_hand(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()
    await delete(harness, proposal)
    for offer in (proposal.draft.terms.offer, CallBack(who=None)):
        answer = await harness.flows.drafts.propose(
            requester=AGENT, case_id=proposal.case_id, offer=offer, note=None, send_at=None, now=harness.now()
        )
        assert isinstance(answer, NotEligible)
        assert "customer_deleted" in {each.why for each in answer.rejected}


async def test_shipped_leaves_them_out(harness: ProposalHarness) -> None:
    customers: list[Json] = [harness.customer(), harness.customer()]
    cases = [(await harness.leaving(each, comment="No SSO, sadly"))[1] for each in customers]
    harness.account.delete_customer(customers[0])
    await harness.case(harness.account.ledger.get("subscription", cases[0].subscription_id))
    found = await harness.flows.feature_launch.requests(
        requester=MONA, feature=ShippedFeature(name="SSO"), now=harness.now()
    )
    assert [each.case.id for each in found.requests] == [cases[1].id]  # type: ignore[union-attr]  # a manager may ask
