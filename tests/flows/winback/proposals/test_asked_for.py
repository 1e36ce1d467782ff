"""An offer that a customer asked for: a ticket, a second person, no consent needed, and the proposer is told."""

from dataclasses import replace
from typing import Any

import pytest

from domain.permissions import Role
from domain.winback.offer import CallBack, Pause, Restart
from domain.winback.proposal import CustomerRequest, ProposalRow
from flows.cancellations.withdraw_offers import suppress
from flows.effects import PrepareOffer, TellProposer
from flows.winback.policy.eligibility import NotEligible
from flows.winback.proposals.answers import Approved, Declined, DraftForm, NeedsAnotherApprover, PricedDraft, Proposed
from tests.domain.winback.leaving_customers import rule, step
from tests.flows.winback.harness import AGENT, MAX, MONA, TWENTY, ProposalHarness, rules

BY_EMAIL = CustomerRequest(ticket="HELP-7", by=AGENT.id)
BY_LINK = replace(BY_EMAIL, delivery="link")
NO_CONSENT: dict[str, Any] = {"metadata": {}}


async def ask(harness: ProposalHarness, request: CustomerRequest | None, by: Any = AGENT, **customer: Any) -> Any:
    """Let somebody who agreed to no emails leave, and propose twenty per cent for them."""
    harness.follow(rules())  # whose only step, a discount at once, lacks the consent
    _, case = await harness.leaving(harness.customer(**(NO_CONSENT | customer)))
    return await harness.flows.drafts.propose(
        requester=by, case_id=case.id, offer=TWENTY, note=None, send_at=None, request=request, now=harness.now()
    )


async def asked(harness: ProposalHarness, request: CustomerRequest = BY_EMAIL, **customer: Any) -> ProposalRow:
    answer = await ask(harness, request, **customer)
    assert isinstance(answer, Proposed), answer
    return answer.proposal


def told(harness: ProposalHarness) -> list[tuple[str, str]]:
    return [(effect.to, effect.kind) for effect in harness.left if isinstance(effect, TellProposer)]


async def test_a_request_needs_no_consent(harness: ProposalHarness) -> None:
    refused = await ask(harness, None)
    assert isinstance(refused, NotEligible)
    assert "no_consent" in {each.why for each in refused.rejected}

    proposal = await asked(harness)

    assert (proposal.request, proposal.by_hand) == (BY_EMAIL, AGENT.id)
    assert isinstance(await harness.approve(proposal), Approved)
    await harness.work()
    assert sum(isinstance(effect, PrepareOffer) for effect in harness.left) == 1
    assert told(harness) == [(AGENT.id, "approved")]
    [entry] = [each for each in await harness.recorded("propose") if each.who == AGENT.id]
    assert entry.note is not None
    assert entry.note.endswith("ticket HELP-7")


async def test_a_call_has_no_link_to_pass_on(harness: ProposalHarness) -> None:
    _, case = await harness.leaving(harness.customer(**NO_CONSENT))
    answer = await harness.flows.drafts.propose(
        requester=AGENT,
        case_id=case.id,
        offer=CallBack(who=None),
        note=None,
        send_at=None,
        request=BY_LINK,
        now=harness.now(),
    )
    assert isinstance(answer, Proposed)

    assert isinstance(await harness.approve(answer.proposal), Approved)
    await harness.work()

    assert not answer.proposal.by_link
    assert told(harness) == [(AGENT.id, "approved")]


async def test_the_policy_can_ask_for_consent_all_the_same(harness: ProposalHarness) -> None:
    policy = rules(rule(step(Restart())))
    harness.follow(replace(policy, consent=replace(policy.consent, asked=False)))
    _, case = await harness.leaving(harness.customer(**NO_CONSENT))
    for request in (BY_EMAIL, BY_LINK):
        answer = await harness.flows.drafts.propose(
            requester=AGENT, case_id=case.id, offer=TWENTY, note=None, send_at=None, request=request, now=harness.now()
        )
        assert isinstance(answer, NotEligible)
        assert "no_consent" in {each.why for each in answer.rejected}


async def test_the_proposer_never_approves_alone(harness: ProposalHarness) -> None:
    answer = await ask(harness, replace(BY_EMAIL, by=MONA.id), by=MONA)
    assert isinstance(answer, Proposed)

    assert await harness.approve(answer.proposal, MONA) == NeedsAnotherApprover(ask=(MAX.id,))
    assert isinstance(await harness.approve(answer.proposal, MAX), Approved)


async def test_who_unsubscribed_gets_only_the_link(harness: ProposalHarness) -> None:
    harness.follow(rules(rule(step(Restart()))))
    _, case = await harness.leaving(harness.customer(**NO_CONSENT))
    async with harness.store.begin() as unit:
        assert await unit.people.suppress(case.person_id, by=None, why="unsubscribed", at=harness.now())
        await unit.commit()
    propose: dict[str, Any] = {"requester": AGENT, "case_id": case.id, "offer": TWENTY, "note": None, "send_at": None}

    by_email = await harness.flows.drafts.propose(**propose, request=BY_EMAIL, now=harness.now())
    unasked = await harness.flows.drafts.propose(**propose, now=harness.now())
    by_link = await harness.flows.drafts.propose(**propose, request=BY_LINK, now=harness.now())

    assert isinstance(by_email, NotEligible)
    assert {each.why for each in by_email.rejected} == {"own_wish"}
    assert isinstance(unasked, NotEligible)
    assert "suppressed" in {each.why for each in unasked.rejected}
    assert isinstance(by_link, Proposed)


async def test_never_contact_by_staff_still_holds(harness: ProposalHarness) -> None:
    harness.follow(rules(rule(step(Restart()))))
    _, case = await harness.leaving(harness.customer(**NO_CONSENT))
    async with harness.store.begin() as unit:
        cards = harness.flows.case_actions.cards
        assert await suppress(unit, case.person_id, by=MONA.id, why="staff", cards=cards, now=harness.now())
        await unit.commit()

    answer = await harness.flows.drafts.propose(
        requester=AGENT, case_id=case.id, offer=TWENTY, note=None, send_at=None, request=BY_LINK, now=harness.now()
    )

    assert isinstance(answer, NotEligible)
    assert "suppressed" in {each.why for each in answer.rejected}


async def test_the_form_says_first_that_no_email_can_go(harness: ProposalHarness) -> None:
    harness.follow(rules(rule(step(Restart()))))
    _, case = await harness.leaving(harness.customer(**NO_CONSENT))

    form = await harness.flows.drafts.form(requester=AGENT, case_id=case.id, now=harness.now())

    assert isinstance(form, DraftForm)
    assert [each.why for each in form.no_email] == ["no_consent"]
    assert form.customer_name == "Dana Scully"
    assert "discount" in form.kinds


async def test_each_end_is_told_to_the_proposer(harness: ProposalHarness) -> None:
    declined, changed, expired = [await asked(harness) for _ in range(3)]
    answer = await harness.flows.approvals.decline(
        requester=MONA, proposal_id=declined.id, version=declined.version, why="too_much", now=harness.now()
    )
    assert isinstance(answer, Declined)
    await harness.change(changed, replace(TWENTY, invoices=1))
    harness.pass_time(expired.expires_at - harness.now())
    await harness.work()

    assert (AGENT.id, "declined") in told(harness)
    assert (AGENT.id, "changed") in told(harness)
    assert (AGENT.id, "expired") in told(harness)


@pytest.mark.parametrize("roles", [frozenset({Role.SUPPORT}), frozenset({Role.VIEWER}), None])
async def test_who_may_propose_no_more_is_told_nothing(harness: ProposalHarness, roles: frozenset[Role] | None) -> None:
    harness.kinds |= {TellProposer}
    harness.build(harness.flows.context)
    proposal = await asked(harness)
    assert isinstance(await harness.approve(proposal), Approved)
    if roles is None:
        del harness.roster.people[AGENT.id]
    else:
        harness.roster.people[AGENT.id] = roles

    await harness.work()

    assert [to for to, _ in harness.board.news] == [AGENT.id] * (roles is not None and Role.SUPPORT in roles)


async def test_never_takes_two_managers(harness: ProposalHarness) -> None:
    harness.follow(rules(rule(step(Restart()), never=frozenset({"discount"}))))
    _, case = await harness.leaving()
    propose: dict[str, Any] = {"requester": AGENT, "case_id": case.id, "note": None, "send_at": None}
    priced = await harness.flows.drafts.price(
        requester=AGENT, case_id=case.id, proposal_id=None, offer=TWENTY, now=harness.now()
    )
    assert isinstance(priced, PricedDraft)
    assert (priced.overrides, priced.needs_second) == ("rule", True)

    answer = await harness.flows.drafts.propose(**propose, offer=TWENTY, now=harness.now())

    assert isinstance(answer, Proposed)
    assert answer.proposal.overrides == "rule"
    first = await harness.approve(answer.proposal, MONA)
    assert isinstance(first, Approved)
    assert first.needs_second
    second = await harness.approve(first.proposal, MAX)
    assert isinstance(second, Approved)
    assert not second.needs_second
    [entry] = [each for each in await harness.recorded("propose") if each.who == AGENT.id]
    assert entry.note is not None
    assert entry.note.endswith("overrides rule")


async def test_other_kinds_override_nothing(harness: ProposalHarness) -> None:
    harness.follow(rules(rule(step(Restart()), never=frozenset({"discount"}))))
    _, case = await harness.leaving()
    answer = await harness.flows.drafts.propose(
        requester=AGENT, case_id=case.id, offer=Pause(months=1), note=None, send_at=None, now=harness.now()
    )
    assert isinstance(answer, Proposed)
    assert answer.proposal.overrides is None
    assert answer.proposal.proposer == AGENT.id
