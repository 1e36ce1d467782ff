"""Standing approvals: a manager approves a rule for a while, and its proposals become offers without waiting."""

from dataclasses import dataclass
from datetime import datetime

from domain.money import Money
from domain.permissions import Action
from domain.winback.policy import Rule, StandingApproval
from domain.winback.standing_approval import LIFETIME, MIN_MANUAL_DECISIONS, digest_of, is_valid
from flows.people.staff_permissions import StaffPermissions, for_staff
from flows.ports import Staff
from flows.ports.context import Context
from flows.ports.store import AuditEntry, UnitOfWork
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.policy.eligibility import EligibilityChecks


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleStatus:
    """A rule of the policy in use, and whether its proposals wait for a person.

    `approval` is its last one, `good` while it is valid. `by_hand` counts the rule's proposals that a person decided;
    it takes `needed` of them before the rule can be approved.
    """

    rule: Rule
    approval: StandingApproval | None
    good: bool
    by_hand: int
    needed: int = MIN_MANUAL_DECISIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleApproved:
    """The rule's proposals now go out without waiting, until the budget is spent or something changes."""

    approval: StandingApproval


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRevoked:
    """The rule's proposals wait for a person again; `was` False: they did before."""

    rule: str
    was: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TooEarly:
    """A person hasn't decided enough of the rule's proposals yet."""

    by_hand: int
    needed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverAutomatic:
    """The rule forbids emails that nobody has approved one by one."""

    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuchRule:
    """The policy in use has no rule of this name."""

    rule: str


@dataclass(frozen=True, slots=True)
class RuleApprovals:
    """The command `rules`, and its buttons."""

    context: Context
    eligibility: EligibilityChecks
    policies: ActivePolicy
    permission: StaffPermissions

    @for_staff(Action.RULES)
    async def rules(self, *, requester: Staff, now: datetime) -> tuple[RuleStatus, ...]:
        """Return the rules of the policy in use, in order."""
        policy = self.policies.current
        catalog = await self.eligibility.catalog(policy)
        async with self.context.store.read() as unit:
            approvals = {each.rule: each for each in await unit.standing_approvals.all()}
            return tuple(
                [
                    RuleStatus(
                        rule=rule,
                        approval=(approval := approvals.get(rule.name)),
                        good=approval is not None
                        and is_valid(approval, digest=digest_of(policy, rule, catalog), now=now),
                        by_hand=await unit.proposals.decided_by_hand(rule.name),
                    )
                    for rule in policy.rules
                ]
            )

    @for_staff(Action.APPROVE_RULE, whom="rule")
    async def approve_rule(
        self, *, requester: Staff, rule: str, budget: Money, now: datetime
    ) -> RuleApproved | TooEarly | NeverAutomatic | NoSuchRule:
        """Approve a rule as it is now for 90 days and up to a budget, in place of any earlier approval.

        Offers in another currency, above the second approver's limit or beyond the budget still wait for a person.
        """
        policy = self.policies.current
        known = policy.rule(rule)
        if known is None:
            return NoSuchRule(rule=rule)
        if "automatic_email" in known.never:
            return NeverAutomatic(rule=rule)
        digest = digest_of(policy, known, await self.eligibility.catalog(policy))
        approval = StandingApproval(
            rule=rule,
            digest=digest,
            approved_by=requester.id,
            approved_at=now,
            expires_at=now + LIFETIME,
            budget=budget,
            spent=Money(0, budget.currency),
        )
        async with self.context.store.begin() as unit:
            by_hand = await unit.proposals.decided_by_hand(rule)
            if by_hand < MIN_MANUAL_DECISIONS:
                return TooEarly(by_hand=by_hand, needed=MIN_MANUAL_DECISIONS)
            await unit.standing_approvals.replace(approval)
            note = f"{budget.minor} {budget.currency} {digest[:12]}"
            await _record(unit, Action.APPROVE_RULE.value, requester, rule, note=note, now=now)
            await unit.commit()
        return RuleApproved(approval=approval)

    @for_staff(Action.APPROVE_RULE, whom="rule")
    async def revoke_rule(self, *, requester: Staff, rule: str, now: datetime) -> RuleRevoked:
        """Revoke a rule's approval; offers that are on their way stay."""
        async with self.context.store.begin() as unit:
            was = await unit.standing_approvals.revoke(rule)
            if was:
                await _record(unit, "revoke_rule", requester, rule, note="", now=now)
                await unit.commit()
        return RuleRevoked(rule=rule, was=was)


async def _record(unit: UnitOfWork, action: str, requester: Staff, rule: str, *, note: str, now: datetime) -> None:
    await unit.audit.append(AuditEntry(who=requester.id, action=action, whom=rule, at=now, note=note))
