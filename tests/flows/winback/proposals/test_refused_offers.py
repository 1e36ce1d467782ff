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
from tests.flows.winback.bureau import MONA, TWENTY, Bureau, rules
from wording.decision_reasons import rejected_words

AFTER = StepTiming(anchor="after_end", span=timedelta(0))


def alerting(bureau: Bureau) -> None:
    """Post alerts about refused steps from now on."""
    bureau.kinds.add(AlertRefusedStep)
    bureau.build(bureau.flows.context)


async def evaluated(bureau: Bureau, case: Case) -> None:
    """Hold a case against the policy once more."""
    async with bureau.store.begin() as unit:
        await unit.outbox.add(EvaluateCase(case.id), due_at=bureau.now())
        await unit.commit()
    await bureau.work()


async def gone(bureau: Bureau, **details: Any) -> tuple[Json, Case]:
    """Let somebody's subscription end, at a price that was archived the day before."""
    subscription = bureau.account.subscribe(bureau.customer(**details), bureau.price())
    bureau.pass_time(timedelta(days=1))
    subscription["items"]["data"][0]["price"]["active"] = False
    bureau.account.cancel_now(subscription)
    bureau.pass_time(timedelta(hours=1))
    return subscription, await bureau.case(subscription)


def sells(bureau: Bureau, amount: int) -> Json:
    """Sell another plan in the portal, and nothing else."""
    product = bureau.account.catalog.add_product("Basic")
    price = bureau.account.catalog.add_price(product, amount, "eur")
    fixed = {"enabled": False, "minimum": 1, "maximum": None}
    bureau.account.portal.configuration["features"]["subscription_update"] |= {
        "enabled": True,
        "products": [{"product": product["id"], "prices": [price["id"]], "adjustable_quantity": fixed}],
    }
    return price


async def test_another_plan_gets_its_turn(bureau: Bureau) -> None:
    basic = sells(bureau, 1900)
    bureau.follow(rules(rule(step(Restart(), AFTER), step(SwitchPlan(price_id=basic["id"]), AFTER))))
    _, case = await gone(bureau)

    await bureau.work()

    proposal = await bureau.newest(case.id)
    assert proposal is not None
    assert proposal.draft.terms.offer == SwitchPlan(price_id=basic["id"])
    [passed_over] = proposal.rejected
    assert rejected_words(passed_over) == ("going on at the same price: this price is not sold any more; choose a plan")
    assert isinstance(await bureau.approve(proposal), Approved)


async def test_nothing_else_left_people_are_told_once(bureau: Bureau) -> None:
    alerting(bureau)
    bureau.follow(rules(rule(step(Restart(), AFTER))))
    _, case = await gone(bureau)

    await bureau.work()
    await evaluated(bureau, case)

    assert await bureau.newest(case.id) is None
    [alert] = bureau.board.alerts
    assert "going on at the same price, can't be proposed: this price is not sold any more; choose a plan." in alert
    assert "Nothing was sent. You can propose something else from the cancellation's card." in alert


async def test_refused_by_the_preview_people_are_told(bureau: Bureau) -> None:
    alerting(bureau)
    bureau.follow(rules(rule(step(Restart(), AFTER))))
    subscription = bureau.account.subscribe(bureau.customer(), bureau.price())
    bureau.pass_time(timedelta(days=1))
    bureau.account.cancel_now(subscription)
    bureau.pass_time(timedelta(hours=1))
    await bureau.case(subscription)
    bureau.sandbox.faults.add("stripe", "/v1/invoices/create_preview", "status", status=400, times=None)

    await bureau.work()

    [alert] = bureau.board.alerts
    assert "can't be proposed: Stripe would refuse it" in alert
    bureau.sandbox.faults.clear()


@pytest.mark.parametrize("why", ["no consent", "holdout"])
async def test_who_may_get_nothing_is_not_spoken_of(bureau: Bureau, why: str) -> None:
    alerting(bureau)
    bureau.follow(rules(rule(step(Restart(), AFTER)), holdout=Decimal(1 if why == "holdout" else 0)))
    await gone(bureau, **({"metadata": {}} if why == "no consent" else {}))

    await bureau.work()

    assert bureau.board.alerts == []


async def test_by_hand_the_reason_is_told(bureau: Bureau) -> None:
    basic = sells(bureau, 5900)
    _, case = await gone(bureau)
    drafts = bureau.flows.drafts

    told = await drafts.propose(
        requester=MONA, case_id=case.id, offer=Restart(), note=None, send_at=None, now=bureau.now()
    )
    form = await drafts.form(requester=MONA, case_id=case.id, now=bureau.now())

    assert isinstance(told, NotEligible)
    assert [each.why for each in told.rejected] == ["price_archived"]
    assert isinstance(form, DraftForm)
    assert (form.kinds, [price.id for price in form.prices]) == (("switch_plan", "call_back"), [basic["id"]])


async def test_refused_by_the_preview_the_next_step_comes(bureau: Bureau) -> None:
    basic = sells(bureau, 1900)
    bureau.follow(rules(rule(step(TWENTY, AFTER), step(SwitchPlan(price_id=basic["id"]), AFTER))))
    subscription = bureau.account.subscribe(bureau.customer(), bureau.price())
    bureau.pass_time(timedelta(days=1))
    bureau.account.cancel_now(subscription)
    bureau.pass_time(timedelta(hours=1))
    case = await bureau.case(subscription)
    bureau.sandbox.faults.add("stripe", "/v1/invoices/create_preview", "status", status=400, times=1)

    await bureau.work()

    proposal = await bureau.newest(case.id)
    assert proposal is not None
    assert proposal.draft.terms.offer == SwitchPlan(price_id=basic["id"])
    assert [(each.offer, each.why) for each in proposal.rejected] == [(TWENTY, "stripe_refuses")]


@pytest.mark.parametrize("times", [1, 2])
async def test_refused_at_the_approval_it_is_withdrawn(bureau: Bureau, times: int) -> None:
    proposal = await bureau.proposed()
    bureau.sandbox.faults.add("stripe", "/v1/invoices/create_preview", "status", status=400, times=times)

    told = await bureau.approve(proposal)

    assert isinstance(told, NotEligible)
    assert [each.why for each in told.rejected] == ["stripe_refuses"]
    withdrawn = await bureau.proposal(proposal.id)
    assert (withdrawn.state, withdrawn.why) == ("withdrawn", "stripe_refuses")
    bureau.sandbox.faults.clear()
