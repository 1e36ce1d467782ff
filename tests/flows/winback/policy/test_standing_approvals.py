"""A rule that a manager approved: its offers don't wait while nothing changes."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from domain.ids import ProposalId
from domain.money import Money
from domain.winback.policy import Policy
from domain.winback.proposal import ProposalRow
from flows.effects import PrepareOffer
from flows.people.staff_permissions import PermissionDenied
from flows.winback.policy.standing_approvals import NoSuchRule, RuleApproved, RuleRevoked, RuleStatus, TooEarly
from tests.flows.winback.harness import ADA, AGENT, DAY, MONA, ProposalHarness, rules

BUDGET = Money(5000, "eur")


async def decided(harness: ProposalHarness, times: int) -> None:
    """Let so many proposals of the rule have been decided by hand."""
    proposal = await harness.proposed()
    async with harness.store.begin() as unit:
        for number in range(times):
            one = replace(proposal, id=ProposalId(harness.new_id()), step=100 + number, state="declined")
            await unit.proposals.add(replace(one, decided_by=MONA.id, decided_at=harness.now()))
        await unit.commit()
    await harness.flows.approvals.decline(
        requester=MONA, proposal_id=proposal.id, version=None, why="not_worth_it", now=harness.now()
    )


async def approved(harness: ProposalHarness, budget: Money = BUDGET) -> None:
    await decided(harness, 19)
    answer = await harness.flows.rule_approvals.approve_rule(
        requester=MONA, rule="rule", budget=budget, now=harness.now()
    )
    assert isinstance(answer, RuleApproved)


async def next_one(harness: ProposalHarness, *, amount: int = 4900) -> ProposalRow:
    """Let somebody leave, and return what the policy makes of it."""
    _, case = await harness.leaving(amount=amount)
    await harness.work()
    proposal = await harness.newest(case.id)
    assert proposal is not None
    return proposal


async def test_an_approved_rule_sends_its_offers(harness: ProposalHarness) -> None:
    await approved(harness)

    proposal = await next_one(harness)

    assert (proposal.state, proposal.by_standing_approval, proposal.decided_by) == ("approved", True, MONA.id)
    offer = await harness.offer(proposal.id)
    assert offer is not None
    assert offer.approved_by == MONA.id
    assert offer.reserved == (f"month:{harness.month()}", "rule:rule")
    assert [effect.offer_id for effect in harness.left if isinstance(effect, PrepareOffer)] == [offer.id]
    assert [entry.who for entry in await harness.recorded("approve")] == ["standing approval"]
    assert harness.board.proposals.keys() == {"0"}  # the one before the approval: nobody is asked


async def test_beyond_the_budget_a_person_decides(harness: ProposalHarness) -> None:
    await approved(harness)
    await next_one(harness)
    month = harness.month()

    proposal = await next_one(harness)

    assert (proposal.state, proposal.by_standing_approval) == ("open", False)
    assert await harness.spent(f"month:{month}") == {"eur": 2940}
    (one,) = await rules_of(harness)
    assert one.approval is not None
    assert one.approval.spent == Money(2940, "eur")


async def test_a_withdrawn_offer_frees_the_rules_budget(harness: ProposalHarness) -> None:
    await approved(harness)
    proposal = await next_one(harness)

    await harness.flows.case_actions.talk(requester=AGENT, case_id=proposal.case_id, now=harness.now())

    (one,) = await rules_of(harness)
    assert one.approval is not None
    assert one.approval.spent == Money(0, "eur")


def _other_limits(policy: Policy) -> Policy:
    return replace(policy, limits=replace(policy.limits, percent=Decimal(29)))


def _other_words(policy: Policy) -> Policy:
    (rule,) = policy.rules
    (step,) = rule.steps
    return replace(policy, rules=(replace(rule, steps=(replace(step, text="Come back!"),)),))


@pytest.mark.parametrize("change", [_other_limits, _other_words])
async def test_a_change_ends_the_approval(harness: ProposalHarness, change: Callable[[Policy], Policy]) -> None:
    await approved(harness)
    harness.follow(change(harness.policies.current))

    proposal = await next_one(harness)

    assert proposal.state == "open"
    (one,) = await rules_of(harness)
    assert not one.good


async def test_an_approval_lasts_90_days(harness: ProposalHarness) -> None:
    await approved(harness)
    harness.pass_time(90 * DAY)

    assert (await next_one(harness)).state == "open"


async def test_an_approval_ends_with_the_manager(harness: ProposalHarness) -> None:
    await approved(harness)
    del harness.roster.people[MONA.id]

    assert (await next_one(harness)).state == "open"


async def test_while_paused_a_person_decides(harness: ProposalHarness) -> None:
    await approved(harness)
    await harness.flows.pause_control.pause(requester=ADA, now=harness.now())

    assert (await next_one(harness)).state == "open"


async def test_costly_offers_still_need_two_people(harness: ProposalHarness) -> None:
    harness.follow(rules(second_approver_above={"eur": Money(3000, "eur")}))
    await approved(harness, Money(100_000, "eur"))

    assert (await next_one(harness, amount=9900)).state == "open"
    assert (await next_one(harness, amount=4900)).state == "approved"


async def test_another_currency_waits_for_a_person(harness: ProposalHarness) -> None:
    await approved(harness, Money(100_000, "usd"))

    assert (await next_one(harness)).state == "open"


async def test_a_rule_needs_20_decisions_first(harness: ProposalHarness) -> None:
    await decided(harness, 18)

    answer = await harness.flows.rule_approvals.approve_rule(
        requester=MONA, rule="rule", budget=BUDGET, now=harness.now()
    )

    assert answer == TooEarly(by_hand=19, needed=20)
    (one,) = await rules_of(harness)
    assert (one.approval, one.by_hand) == (None, 19)


async def test_a_revoked_rule_waits_for_a_person_again(harness: ProposalHarness) -> None:
    await approved(harness)

    revoked = [
        await harness.flows.rule_approvals.revoke_rule(requester=MONA, rule="rule", now=harness.now()) for _ in range(2)
    ]

    assert revoked == [RuleRevoked(rule="rule", was=True), RuleRevoked(rule="rule", was=False)]
    assert (await next_one(harness)).state == "open"


async def test_only_managers_approve_known_rules(harness: ProposalHarness) -> None:
    now = harness.now()

    assert await harness.flows.rule_approvals.approve_rule(
        requester=MONA, rule="none", budget=BUDGET, now=now
    ) == NoSuchRule(rule="none")
    for answer in (
        await harness.flows.rule_approvals.approve_rule(requester=AGENT, rule="rule", budget=BUDGET, now=now),
        await harness.flows.rule_approvals.revoke_rule(requester=AGENT, rule="rule", now=now),
        await harness.flows.rule_approvals.rules(requester=AGENT, now=now),
    ):
        assert isinstance(answer, PermissionDenied)


async def rules_of(harness: ProposalHarness) -> tuple[RuleStatus, ...]:
    listed = await harness.flows.rule_approvals.rules(requester=MONA, now=harness.now())
    assert isinstance(listed, tuple)
    return listed
