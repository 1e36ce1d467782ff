"""Which share of people to hold out, if that would tell within a year what offers are worth."""

from collections.abc import Iterable
from decimal import Decimal

from domain.winback.lift import is_exempt, months_until_known
from domain.winback.policy import Policy, Rule
from flows.ports.store import ReportGroup
from flows.winback.policy.simulate import SHARES

_MONTHS_A_YEAR = Decimal(365) / 30
_SOON_ENOUGH = 12


def holdout_that_tells(year: Iterable[ReportGroup], policy: Policy) -> tuple[Decimal, int] | None:
    """Return the smallest share and in about how many months the lift would be known to five points.

    `year` are the cases of the last year. None: a share is held out already, or none would do within a year.
    """
    if policy.limits.holdout:
        return None
    measured = {rule.name for rule in policy.rules if _is_measured(rule)}
    decided = [each.counts for each in year if each.rule in measured]
    cases = sum(each.cases for each in decided)
    back = sum(each.accepted + each.after_email + each.by_themselves for each in decided)
    for share in SHARES if cases else ():
        months = months_until_known(people_a_month=cases / _MONTHS_A_YEAR, holdout=share, back=Decimal(back) / cases)
        if isinstance(months, int) and months <= _SOON_ENOUGH:
            return share, months
    return None


def _is_measured(rule: Rule) -> bool:
    """Return whether a rule has an offer that the holdout wouldn't get as well."""
    kind = next(iter(rule.match.kinds)) if len(rule.match.kinds) == 1 else None
    return any(not is_exempt(step.offer, kind) for step in rule.steps)
