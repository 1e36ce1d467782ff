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
from tests.flows.winback.bureau import ADA, AGENT, DAY, MONA, Bureau, rules

BUDGET = Money(5000, "eur")


async def decided(bureau: Bureau, times: int) -> None:
    """Let so many proposals of the rule have been decided by hand."""
    proposal = await bureau.proposed()
    async with bureau.store.begin() as unit:
        for number in range(times):
            one = replace(proposal, id=ProposalId(bureau.new_id()), step=100 + number, state="declined")
            await unit.proposals.add(replace(one, decided_by=MONA.id, decided_at=bureau.now()))
        await unit.commit()
    await bureau.flows.approvals.decline(
        requester=MONA, proposal_id=proposal.id, version=None, why="not_worth_it", now=bureau.now()
    )


async def approved(bureau: Bureau, budget: Money = BUDGET) -> None:
    await decided(bureau, 19)
    answer = await bureau.flows.rule_approvals.approve_rule(
        requester=MONA, rule="rule", budget=budget, now=bureau.now()
    )
    assert isinstance(answer, RuleApproved)


async def next_one(bureau: Bureau, *, amount: int = 4900) -> ProposalRow:
    """Let somebody leave, and return what the policy makes of it."""
    _, case = await bureau.leaving(amount=amount)
    await bureau.work()
    proposal = await bureau.newest(case.id)
    assert proposal is not None
    return proposal


async def test_an_approved_rule_sends_its_offers(bureau: Bureau) -> None:
    await approved(bureau)

    proposal = await next_one(bureau)

    assert (proposal.state, proposal.by_standing_approval, proposal.decided_by) == ("approved", True, MONA.id)
    offer = await bureau.offer(proposal.id)
    assert offer is not None
    assert offer.approved_by == MONA.id
    assert offer.reserved == (f"month:{bureau.month()}", "rule:rule")
    assert [effect.offer_id for effect in bureau.left if isinstance(effect, PrepareOffer)] == [offer.id]
    assert [entry.who for entry in await bureau.recorded("approve")] == ["standing approval"]
    assert bureau.board.proposals.keys() == {"0"}  # the one before the approval: nobody is asked


async def test_beyond_the_budget_a_person_decides(bureau: Bureau) -> None:
    await approved(bureau)
    await next_one(bureau)
    month = bureau.month()

    proposal = await next_one(bureau)

    assert (proposal.state, proposal.by_standing_approval) == ("open", False)
    assert await bureau.spent(f"month:{month}") == {"eur": 2940}
    (one,) = await rules_of(bureau)
    assert one.approval is not None
    assert one.approval.spent == Money(2940, "eur")


async def test_a_withdrawn_offer_frees_the_rules_budget(bureau: Bureau) -> None:
    await approved(bureau)
    proposal = await next_one(bureau)

    await bureau.flows.case_actions.talk(requester=AGENT, case_id=proposal.case_id, now=bureau.now())

    (one,) = await rules_of(bureau)
    assert one.approval is not None
    assert one.approval.spent == Money(0, "eur")


def _other_limits(policy: Policy) -> Policy:
    return replace(policy, limits=replace(policy.limits, percent=Decimal(29)))


def _other_words(policy: Policy) -> Policy:
    (rule,) = policy.rules
    (step,) = rule.steps
    return replace(policy, rules=(replace(rule, steps=(replace(step, text="Come back!"),)),))


@pytest.mark.parametrize("change", [_other_limits, _other_words])
async def test_a_change_ends_the_approval(bureau: Bureau, change: Callable[[Policy], Policy]) -> None:
    await approved(bureau)
    bureau.follow(change(bureau.policies.current))

    proposal = await next_one(bureau)

    assert proposal.state == "open"
    (one,) = await rules_of(bureau)
    assert not one.good


async def test_an_approval_lasts_90_days(bureau: Bureau) -> None:
    await approved(bureau)
    bureau.pass_time(90 * DAY)

    assert (await next_one(bureau)).state == "open"


async def test_an_approval_ends_with_the_manager(bureau: Bureau) -> None:
    await approved(bureau)
    del bureau.roster.people[MONA.id]

    assert (await next_one(bureau)).state == "open"


async def test_while_paused_a_person_decides(bureau: Bureau) -> None:
    await approved(bureau)
    await bureau.flows.pause_control.pause(requester=ADA, now=bureau.now())

    assert (await next_one(bureau)).state == "open"


async def test_costly_offers_still_need_two_people(bureau: Bureau) -> None:
    bureau.follow(rules(second_approver_above={"eur": Money(3000, "eur")}))
    await approved(bureau, Money(100_000, "eur"))

    assert (await next_one(bureau, amount=9900)).state == "open"
    assert (await next_one(bureau, amount=4900)).state == "approved"


async def test_another_currency_waits_for_a_person(bureau: Bureau) -> None:
    await approved(bureau, Money(100_000, "usd"))

    assert (await next_one(bureau)).state == "open"


async def test_a_rule_needs_20_decisions_first(bureau: Bureau) -> None:
    await decided(bureau, 18)

    answer = await bureau.flows.rule_approvals.approve_rule(
        requester=MONA, rule="rule", budget=BUDGET, now=bureau.now()
    )

    assert answer == TooEarly(by_hand=19, needed=20)
    (one,) = await rules_of(bureau)
    assert (one.approval, one.by_hand) == (None, 19)


async def test_a_revoked_rule_waits_for_a_person_again(bureau: Bureau) -> None:
    await approved(bureau)

    revoked = [
        await bureau.flows.rule_approvals.revoke_rule(requester=MONA, rule="rule", now=bureau.now()) for _ in range(2)
    ]

    assert revoked == [RuleRevoked(rule="rule", was=True), RuleRevoked(rule="rule", was=False)]
    assert (await next_one(bureau)).state == "open"


async def test_only_managers_approve_known_rules(bureau: Bureau) -> None:
    now = bureau.now()

    assert await bureau.flows.rule_approvals.approve_rule(
        requester=MONA, rule="none", budget=BUDGET, now=now
    ) == NoSuchRule(rule="none")
    for answer in (
        await bureau.flows.rule_approvals.approve_rule(requester=AGENT, rule="rule", budget=BUDGET, now=now),
        await bureau.flows.rule_approvals.revoke_rule(requester=AGENT, rule="rule", now=now),
        await bureau.flows.rule_approvals.rules(requester=AGENT, now=now),
    ):
        assert isinstance(answer, PermissionDenied)


async def rules_of(bureau: Bureau) -> tuple[RuleStatus, ...]:
    listed = await bureau.flows.rule_approvals.rules(requester=MONA, now=bureau.now())
    assert isinstance(listed, tuple)
    return listed
