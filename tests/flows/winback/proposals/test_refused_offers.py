"""An offer that Stripe would refuse is passed over with its reason; found late, the proposal is withdrawn."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.cancellations.stored_case import Case
from domain.winback.offer import Restart, SwitchPlan
from domain.winback.policy import StepTiming
from flows.effects import AlertRefusedStep, EvaluateCase
from flows.winback.policy.eligibility import NotEligible
from flows.winback.proposals.answers import Approved, DraftForm
from sandbox.stripe.ledger import Json
from tests.domain.winback.leaving_customers import rule, step
from tests.flows.winback.harness import MONA, TWENTY, ProposalHarness, rules
from wording.decision_reasons import rejected_words

AFTER = StepTiming(anchor="after_end", span=timedelta(0))


def alerting(harness: ProposalHarness) -> None:
    """Post alerts about refused steps from now on."""
    harness.kinds.add(AlertRefusedStep)
    harness.build(harness.flows.context)


async def evaluated(harness: ProposalHarness, case: Case) -> None:
    """Hold a case against the policy once more."""
    async with harness.store.begin() as unit:
        await unit.outbox.add(EvaluateCase(case.id), due_at=harness.now())
        await unit.commit()
    await harness.work()


async def gone(harness: ProposalHarness, **details: Any) -> tuple[Json, Case]:
    """Let somebody's subscription end, at a price that was archived the day before."""
    subscription = harness.account.subscribe(harness.customer(**details), harness.price())
    harness.pass_time(timedelta(days=1))
    subscription["items"]["data"][0]["price"]["active"] = False
    harness.account.cancel_now(subscription)
    harness.pass_time(timedelta(hours=1))
    return subscription, await harness.case(subscription)


def sells(harness: ProposalHarness, amount: int) -> Json:
    """Sell another plan in the portal, and nothing else."""
    product = harness.account.catalog.add_product("Basic")
    price = harness.account.catalog.add_price(product, amount, "eur")
    fixed = {"enabled": False, "minimum": 1, "maximum": None}
    harness.account.portal.configuration["features"]["subscription_update"] |= {
        "enabled": True,
        "products": [{"product": product["id"], "prices": [price["id"]], "adjustable_quantity": fixed}],
    }
    return price


async def test_another_plan_gets_its_turn(harness: ProposalHarness) -> None:
    basic = sells(harness, 1900)
    harness.follow(rules(rule(step(Restart(), AFTER), step(SwitchPlan(price_id=basic["id"]), AFTER))))
    _, case = await gone(harness)

    await harness.work()

    proposal = await harness.newest(case.id)
    assert proposal is not None
    assert proposal.draft.terms.offer == SwitchPlan(price_id=basic["id"])
    [passed_over] = proposal.rejected
    assert rejected_words(passed_over) == ("going on at the same price: this price is not sold any more; choose a plan")
    assert isinstance(await harness.approve(proposal), Approved)


async def test_nothing_else_left_people_are_told_once(harness: ProposalHarness) -> None:
    alerting(harness)
    harness.follow(rules(rule(step(Restart(), AFTER))))
    _, case = await gone(harness)

    await harness.work()
    await evaluated(harness, case)

    assert await harness.newest(case.id) is None
    [alert] = harness.board.alerts
    assert "going on at the same price, can't be proposed: this price is not sold any more; choose a plan." in alert
    assert "Nothing was sent. You can propose something else from the cancellation's card." in alert


async def test_refused_by_the_preview_people_are_told(harness: ProposalHarness) -> None:
    alerting(harness)
    harness.follow(rules(rule(step(Restart(), AFTER))))
    subscription = harness.account.subscribe(harness.customer(), harness.price())
    harness.pass_time(timedelta(days=1))
    harness.account.cancel_now(subscription)
    harness.pass_time(timedelta(hours=1))
    await harness.case(subscription)
    harness.sandbox.faults.add("stripe", "/v1/invoices/create_preview", "status", status=400, times=None)

    await harness.work()

    [alert] = harness.board.alerts
    assert "can't be proposed: Stripe would refuse it" in alert
    harness.sandbox.faults.clear()


@pytest.mark.parametrize("why", ["no consent", "holdout"])
async def test_who_may_get_nothing_is_not_spoken_of(harness: ProposalHarness, why: str) -> None:
    alerting(harness)
    harness.follow(rules(rule(step(Restart(), AFTER)), holdout=Decimal(1 if why == "holdout" else 0)))
    await gone(harness, **({"metadata": {}} if why == "no consent" else {}))

    await harness.work()

    assert harness.board.alerts == []


async def test_by_hand_the_reason_is_told(harness: ProposalHarness) -> None:
    basic = sells(harness, 5900)
    _, case = await gone(harness)
    drafts = harness.flows.drafts

    told = await drafts.propose(
        requester=MONA, case_id=case.id, offer=Restart(), note=None, send_at=None, now=harness.now()
    )
    form = await drafts.form(requester=MONA, case_id=case.id, now=harness.now())

    assert isinstance(told, NotEligible)
    assert [each.why for each in told.rejected] == ["price_archived"]
    assert isinstance(form, DraftForm)
    assert (form.kinds, [price.id for price in form.prices]) == (("switch_plan", "call_back"), [basic["id"]])


async def test_refused_by_the_preview_the_next_step_comes(harness: ProposalHarness) -> None:
    basic = sells(harness, 1900)
    harness.follow(rules(rule(step(TWENTY, AFTER), step(SwitchPlan(price_id=basic["id"]), AFTER))))
    subscription = harness.account.subscribe(harness.customer(), harness.price())
    harness.pass_time(timedelta(days=1))
    harness.account.cancel_now(subscription)
    harness.pass_time(timedelta(hours=1))
    case = await harness.case(subscription)
    harness.sandbox.faults.add("stripe", "/v1/invoices/create_preview", "status", status=400, times=1)

    await harness.work()

    proposal = await harness.newest(case.id)
    assert proposal is not None
    assert proposal.draft.terms.offer == SwitchPlan(price_id=basic["id"])
    assert [(each.offer, each.why) for each in proposal.rejected] == [(TWENTY, "stripe_refuses")]


@pytest.mark.parametrize("times", [1, 2])
async def test_refused_at_the_approval_it_is_withdrawn(harness: ProposalHarness, times: int) -> None:
    proposal = await harness.proposed()
    harness.sandbox.faults.add("stripe", "/v1/invoices/create_preview", "status", status=400, times=times)

    told = await harness.approve(proposal)

    assert isinstance(told, NotEligible)
    assert [each.why for each in told.rejected] == ["stripe_refuses"]
    withdrawn = await harness.proposal(proposal.id)
    assert (withdrawn.state, withdrawn.why) == ("withdrawn", "stripe_refuses")
    harness.sandbox.faults.clear()
