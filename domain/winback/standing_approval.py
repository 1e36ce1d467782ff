"""What a rule's standing approval is based on, as a digest: if any of it changes, the approval ends."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256

from domain.billing.subscription import Price
from domain.winback.offer import SwitchPlan
from domain.winback.policy import Policy, Rule, StandingApproval

LIFETIME = timedelta(days=90)
MIN_MANUAL_DECISIONS = 20
"""How many of a rule's proposals people must decide before the rule can be approved as a whole."""


def digest_of(policy: Policy, rule: Rule, catalog: Iterable[Price]) -> str:
    """Return a digest of everything that determines what a rule's cases get.

    That is the rules up to this one with their templates, the limits, consent and phrases, and, if one of those rules
    offers a cheaper plan, the prices that customers can switch to.
    """
    rules = policy.rules[: policy.rules.index(rule) + 1]
    switches = any(isinstance(step.offer, SwitchPlan) for each in rules for step in each.steps)
    prices = sorted(catalog, key=lambda price: (price.id, price.currency)) if switches else ()
    rest = (policy.limits, policy.consent, policy.no_contact_phrases, policy.person_reads, policy.internal_domains)
    emails = (str(policy.zone), policy.own_site_code)
    return sha256(_written((rules, rest, emails, prices)).encode()).hexdigest()


def is_valid(approval: StandingApproval, *, digest: str, now: datetime) -> bool:
    """Return whether a standing approval still holds, whatever is left of its budget."""
    return approval.digest == digest and now < approval.expires_at


def _written(value: object) -> str:
    """Return a text that is the same in every process: unordered collections are sorted."""
    if is_dataclass(value):
        written = [f"{each.name}={_written(getattr(value, each.name))}" for each in fields(value)]
    elif isinstance(value, AbstractSet):
        written = sorted(map(_written, value))
    elif isinstance(value, Mapping):
        written = sorted(f"{_written(key)}:{_written(held)}" for key, held in value.items())
    elif isinstance(value, list | tuple):
        written = [*map(_written, value)]
    else:
        return str(value.normalize()) if isinstance(value, Decimal) else repr(value)
    return f"{type(value).__name__}({','.join(written)})"
