"""The link of an offer that a customer asked for: shown to the proposer, behind the page of a portal link."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from domain.cancellations.stored_case import Case
from domain.ids import ProposalId
from domain.winback.decide import check_offer
from domain.winback.offer import Offer
from domain.winback.proposal import CustomerRequest, Draft, OfferRow
from domain.winback.terms import OfferTerms
from flows.effects import TellProposer
from flows.people.staff_permissions import PermissionDenied
from flows.portal_links.landing_page import LinkGone, LinkPage, OpenPortal
from flows.ports import Staff
from flows.winback.offers.answers import Accepted, OfferPage, PageClosed
from flows.winback.offers.show_link import NoOfferLink, OfferLinkShown
from flows.winback.proposals.answers import TakenBack
from flows.winback.proposals.lifecycle import new_proposal
from tests.flows.winback.offers.flows import PUBLIC, TWENTY
from tests.flows.winback.offers.people import AGENT, MANAGER
from tests.flows.winback.offers.presses import accept, pending, reserved
from tests.flows.winback.offers.test_coupons import discount
from tests.flows.winback.offers.winback import Winback

BY_LINK = CustomerRequest(ticket="HELP-7", by=AGENT.id, delivery="link")


async def approved(winback: Winback, case: Case, offer: Offer = TWENTY) -> OfferRow:
    """Have an offer approved that the customer asked for, to be passed on as a link."""
    now, policy = winback.now(), winback.policies.current
    gathered = await winback.flows.eligibility.gather(case.id, policy, now=now)
    assert gathered is not None
    snapshot, history = gathered
    terms = check_offer(offer, snapshot, history, policy, now, by_hand=True, request=BY_LINK)
    assert isinstance(terms, OfferTerms), terms
    proposal = replace(
        new_proposal(
            ProposalId(uuid4()),
            snapshot,
            Draft(terms=terms, note=None, send_at=None),
            policy,
            by_hand=AGENT.id,
            request=BY_LINK,
            last_useful_at=None,
            now=now,
        ),
        state="approved",
        decided_by=MANAGER.id,
        decided_at=now,
    )
    async with winback.store.begin() as unit:
        await unit.proposals.add(proposal)
        assert await winback.flows.offer_creation.make(unit, proposal, policy, case=snapshot.case, now=now) is None
        await unit.commit()
    await winback.work()
    async with winback.store.read() as unit:
        row = await unit.offers.by_proposal(proposal.id)
    assert row is not None
    return row


async def show(winback: Winback, offer: OfferRow, by: Staff = AGENT) -> Any:
    return await winback.flows.offer_links.show(requester=by, proposal_id=offer.proposal_id, now=winback.now())


def token_of(shown: OfferLinkShown) -> str:
    return shown.url.removeprefix(f"{PUBLIC}/p/")


async def news(winback: Winback, offer: OfferRow, kind: str = "approved") -> str | None:
    async with winback.store.read() as unit:
        row = await unit.outbox.by_key(f"news:{offer.proposal_id}:{kind}:1")
    return row.effect.to if row is not None and isinstance(row.effect, TellProposer) else None


async def test_nothing_is_emailed_and_the_proposer_is_told(winback: Winback) -> None:
    _, case = await winback.leaving()
    offer = await approved(winback, case)

    assert (offer.state, offer.email_state, offer.request) == ("sent", "none", BY_LINK)
    assert winback.post.emails == []
    assert await news(winback, offer) == AGENT.id
    winback.sandbox.clock.advance(timedelta(days=11))
    await winback.work()
    assert winback.post.emails == []  # and no reminder


async def test_the_link_leads_to_the_offer(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await approved(winback, case)
    shown = await show(winback, offer)
    assert isinstance(shown, OfferLinkShown)
    looked = await winback.flows.landing_pages.look(token_of(shown), now=winback.now())
    assert isinstance(looked, LinkPage)
    assert looked.offer

    entered = await winback.flows.landing_pages.enter(token_of(shown), code=None, now=winback.now())

    assert entered == OpenPortal(url=f"{PUBLIC}/o/{winback.token(offer)}")
    page = await winback.offers.acceptance.look(winback.token(offer), now=winback.now())
    assert isinstance(page, OfferPage)
    done = await winback.offers.acceptance.accept(winback.token(offer), agreed=page.agreed, now=winback.now())
    assert isinstance(done, Accepted)
    assert not pending(subscription)
    async with winback.store.read() as unit:
        entries = [each.entry for each in await unit.audit.rows(after=0, limit=1_000)]
    [shown_entry] = [each for each in entries if each.action == "show_offer_link"]
    assert shown_entry.who == AGENT.id
    assert shown_entry.note is not None
    assert shown_entry.note.endswith("HELP-7")


async def test_openings_are_few_and_the_newest_link_counts(winback: Winback) -> None:
    _, case = await winback.leaving()
    offer = await approved(winback, case)
    first, second = await show(winback, offer), await show(winback, offer)
    enter = winback.flows.landing_pages.enter

    assert await enter(token_of(first), code=None, now=winback.now()) == LinkGone(known=True)
    opened = [await enter(token_of(second), code=None, now=winback.now()) for _ in range(3)]

    assert [type(each) for each in opened] == [OpenPortal, OpenPortal, LinkGone]


async def test_only_the_proposer_or_a_manager_shows_it(winback: Winback) -> None:
    _, case = await winback.leaving()
    offer = await approved(winback, case)

    other = await show(winback, offer, replace(AGENT, id="U0AGENT002"))  # type: ignore[arg-type]  # a StaffId

    assert isinstance(other, PermissionDenied)
    assert isinstance(await show(winback, offer, MANAGER), OfferLinkShown)


async def test_a_link_can_be_taken_back(winback: Winback) -> None:
    _, case = await winback.leaving()
    offer = await approved(winback, case)
    answer = await winback.flows.corrections.take_back(
        requester=MANAGER, proposal_id=offer.proposal_id, why="mistake", now=winback.now()
    )
    assert isinstance(answer, TakenBack)
    assert await reserved(winback) == 0
    over = await show(winback, offer)
    assert isinstance(over, NoOfferLink)
    assert over.why == "over"


async def test_an_offer_that_stripe_refuses_is_told_and_leaves_no_cooldown(winback: Winback) -> None:
    _, case = await winback.leaving()
    fault = {"method": "POST", "status": 400, "code": "coupon_invalid", "message": "No."}
    winback.sandbox.faults.add("stripe", "/v1/coupons", "error", **fault)  # type: ignore[arg-type]  # its settings

    offer = await approved(winback, case, discount(23))  # whose coupon no other test makes

    assert (offer.state, offer.sent_at) == ("failed", None)
    assert await news(winback, offer, "stopped") == AGENT.id
    assert await reserved(winback) == 0
    async with winback.store.read() as unit:
        assert await unit.budgets.earlier(offer.person_id) == []
        assert await unit.outbox.by_key(f"failed:{offer.id}") is None


async def test_managers_hear_of_a_passed_on_offer_that_fails(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await approved(winback, case)
    path = f"/v1/subscriptions/{subscription['id']}"
    fault = {"method": "POST", "status": 400, "code": "coupon_expired", "message": "No."}
    winback.sandbox.faults.add("stripe", path, "error", **fault)  # type: ignore[arg-type]  # its settings

    await accept(winback, offer)

    async with winback.store.read() as unit:
        assert await unit.outbox.by_key(f"failed:{offer.id}") is not None
    late = await winback.offers.acceptance.look(winback.token(offer), now=winback.now())
    assert late == PageClosed(why="impossible")  # which says that our team has been told


async def test_what_costs_more_by_now_is_still_the_customers_request(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await approved(winback, case)
    winback.set_seats(subscription, 3)

    page = await winback.offers.acceptance.look(winback.token(offer), now=winback.now())
    await winback.work()

    assert page == PageClosed(why="costs_more")
    anew = await winback.open_proposal(case)
    assert anew is not None
    assert (anew.request, anew.by_hand, anew.by_link) == (BY_LINK, AGENT.id, True)


async def test_emailed_offers_have_no_link_to_show(winback: Winback) -> None:
    _, case = await winback.leaving()
    offer = await winback.sent(case)
    answer = await show(winback, offer)
    assert isinstance(answer, NoOfferLink)
    assert answer.why == "unknown"
