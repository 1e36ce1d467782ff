"""A customer who was deleted at Stripe: what was proposed is withdrawn, and nothing else can be, not even a call."""

from datetime import timedelta

from domain.winback.offer import CallBack
from domain.winback.proposal import ProposalRow
from domain.winback.rule_matching import ShippedFeature
from flows.winback.policy.eligibility import NotEligible
from flows.winback.proposals.answers import Approved
from sandbox.stripe.ledger import Json
from tests.flows.winback.bureau import AGENT, MONA, Bureau


async def delete(bureau: Bureau, proposal: ProposalRow) -> None:
    """Delete the customer of a proposal, and take in Stripe's event of it alone."""
    customer = bureau.account.ledger.get("customer", proposal.customer_id)
    bureau.account.delete_customer(customer)
    pages = bureau.billing.events_back_to(bureau.now() - timedelta(minutes=1))
    events = [event async for page in pages for event in page]
    (event,) = (each for each in events if (each.type, each.subject) == ("customer.deleted", customer["id"]))
    await bureau.flows.event_router.route(event, now=bureau.now())
    await bureau.work()


async def test_open_proposal_is_withdrawn(bureau: Bureau) -> None:
    proposal = await bureau.proposed()
    await delete(bureau, proposal)
    withdrawn = await bureau.proposal(proposal.id)
    assert (withdrawn.state, withdrawn.why) == ("withdrawn", "customer_deleted")
    assert bureau.shown(proposal.id).proposal.state == "withdrawn"
    assert await bureau.newest(proposal.case_id) == withdrawn


async def test_approved_offer_is_not_sent(bureau: Bureau) -> None:
    proposal = await bureau.proposed()
    assert isinstance(await bureau.approve(proposal), Approved)
    await delete(bureau, proposal)
    offer = await bureau.offer(proposal.id)
    assert offer is not None
    assert (offer.state, offer.why) == ("over", "customer_deleted")
    assert await bureau.spent(f"month:{bureau.month()}") in ({}, {"eur": 0})


async def test_sent_offer_is_over(bureau: Bureau) -> None:
    proposal = await bureau.proposed()
    assert isinstance(await bureau.approve(proposal), Approved)
    await bureau.send(proposal)
    await delete(bureau, proposal)
    offer = await bureau.offer(proposal.id)
    assert offer is not None
    assert (offer.state, offer.why) == ("over", "customer_deleted")


async def test_nothing_can_be_proposed_by_hand(bureau: Bureau) -> None:
    proposal = await bureau.proposed()
    await delete(bureau, proposal)
    for offer in (proposal.draft.terms.offer, CallBack(who=None)):
        answer = await bureau.flows.drafts.propose(
            requester=AGENT, case_id=proposal.case_id, offer=offer, note=None, send_at=None, now=bureau.now()
        )
        assert isinstance(answer, NotEligible)
        assert "customer_deleted" in {each.why for each in answer.rejected}


async def test_shipped_leaves_them_out(bureau: Bureau) -> None:
    customers: list[Json] = [bureau.customer(), bureau.customer()]
    cases = [(await bureau.leaving(each, comment="No SSO, sadly"))[1] for each in customers]
    bureau.account.delete_customer(customers[0])
    await bureau.case(bureau.account.ledger.get("subscription", cases[0].subscription_id))
    found = await bureau.flows.feature_launch.requests(
        requester=MONA, feature=ShippedFeature(name="SSO"), now=bureau.now()
    )
    assert [each.case.id for each in found.requests] == [cases[1].id]  # type: ignore[union-attr]  # a manager may ask
