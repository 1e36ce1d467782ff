"""Budgets, reserved in the transaction of the approval, so that two approvals can't both spend the last of one."""

from dataclasses import dataclass
from datetime import UTC, datetime

from domain.ids import StaffId
from domain.money import Money
from domain.winback.policy import Policy
from domain.winback.proposal import OfferRow
from flows.cancellations.withdraw_offers import RULE, give_back
from flows.ports.store import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class OverBudget:
    """`left` of a budget isn't enough: the month's, the approver's for today, or the rule's."""

    which: str  # "month" | "approver" | "rule"
    left: Money


def month_scope(policy: Policy, now: datetime) -> str:
    """Return the name of the budget of `now`'s month, in the policy's timezone."""
    return f"month:{_local(policy, now):%Y-%m}"


async def reserve(
    unit: UnitOfWork, approver: StaffId, cost: Money, policy: Policy, *, rule: str | None, now: datetime
) -> tuple[str, ...] | OverBudget:
    """Reserve an offer's cost; return the names of the budgets that hold it.

    That is the month's and the approver's budget or, for a standing approval, the budget of its `rule`.
    """
    month = month_scope(policy, now)
    own = f"approver:{approver}:{_local(policy, now):%Y-%m-%d}" if rule is None else f"{RULE}{rule}"
    limit = policy.limits.budget_a_month.get(cost.currency)
    if not await unit.budgets.spend(month, cost, limit=limit):
        return await _over(unit, month, "month", limit or cost)
    if rule is None:
        limit = policy.limits.budget_per_approver_a_day.get(cost.currency)
        if not await unit.budgets.spend(own, cost, limit=limit):
            return await _over(unit, own, "approver", limit or cost)
    elif not await unit.standing_approvals.spend(rule, cost):
        approval = await unit.standing_approvals.of(rule)
        left = approval.budget - approval.spent if approval else Money(0, cost.currency)
        return OverBudget(which="rule", left=left)
    return month, own


async def hold_true_cost(unit: UnitOfWork, offer: OfferRow, true_cost: Money) -> None:
    """Let an offer's budgets hold what it really costs, which is no more than was approved."""
    await give_back(unit, offer.reserved, offer.held - true_cost)


async def charge_growth(unit: UnitOfWork, offer: OfferRow, cost: Money, policy: Policy, *, now: datetime) -> None:
    """Charge what an accepted offer has grown by, even beyond a limit: it is given already.

    Up to what was approved, the budgets that were reserved hold it; what is above goes to the budget of this month.
    """
    approved = offer.terms.charge
    within, held = min(cost.minor, approved.minor), min(offer.held.minor, approved.minor)
    await give_back(unit, offer.reserved, Money(held - within, cost.currency))
    above = max(0, cost.minor - approved.minor) - max(0, offer.held.minor - approved.minor)
    if above > 0:
        await unit.budgets.spend(month_scope(policy, now), Money(above, cost.currency), limit=None)


async def _over(unit: UnitOfWork, scope: str, which: str, limit: Money) -> OverBudget:
    spent = (await unit.budgets.spent(scope)).get(limit.currency, Money(0, limit.currency))
    return OverBudget(which=which, left=Money(max(0, limit.minor - spent.minor), limit.currency))


def _local(policy: Policy, now: datetime) -> datetime:
    return now.astimezone(policy.zone or UTC)
