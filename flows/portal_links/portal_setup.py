"""The customer portal as the policy wants it: what is wrong with it, what would change, and making it so."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Literal

from domain.billing.portal_settings import PortalSetting
from domain.winback.offer import Pause, SwitchPlan
from domain.winback.policy import Policy
from flows.ports import PortalSetup
from flows.ports.store import AuditEntry, Store

PortalFaultKind = Literal[
    "cancel_off",  # nobody can leave by themselves, so that nobody is asked why
    "no_reasons",  # nobody is asked why
    "unknown_options",  # rules wait for answers that are not among the choices
    "at_once",  # cancelled at once, while the policy waits for the days before the end
    "switch_without_products",
    "no_products",  # the policy offers a plan to switch to, and none is listed
    "pause_off",  # the policy offers a pause, which customers cannot end by themselves
    "card_off",  # a failed card cannot be replaced
    "no_return_url",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalFault:
    """Something that is wrong; `detail` belongs to it: names, separated by commas."""

    wrong: PortalFaultKind
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChange:
    """A key of the setting that differs from the wish."""

    key: str
    found: object
    wished: object


def faults_of(setting: PortalSetting, policy: Policy) -> tuple[PortalFault, ...]:
    """List what is wrong with a portal for a policy: what keeps it from asking, offering or leading back."""
    return tuple(_faults(setting, policy))


def changes(found: PortalSetting, wish: PortalSetting) -> tuple[SettingChange, ...]:
    """List what would change, key by key."""
    differing = (
        SettingChange(key=each.name, found=getattr(found, each.name), wished=getattr(wish, each.name))
        for each in fields(wish)
    )
    return tuple(each for each in differing if each.found != each.wished)


async def apply(
    setup: PortalSetup, store: Store, wish: PortalSetting, *, who: str, now: datetime
) -> tuple[SettingChange, ...]:
    """Set the portal up as wished, read it back and note it in the record; what still differs comes back.

    Raises as `PortalSetup.apply`.
    """
    made = changes(await setup.read(), wish)
    await setup.apply(wish)
    left = changes(await setup.read(), wish)
    entry = AuditEntry(
        who=who,
        action="portal",
        whom=None,
        at=now,
        outcome="differs" if left else "done",
        note=", ".join(each.key for each in left or made),
    )
    async with store.begin() as unit:
        await unit.audit.append(entry)
        await unit.commit()
    return left


def _faults(setting: PortalSetting, policy: Policy) -> Iterator[PortalFault]:
    steps = [step for rule in policy.rules for step in rule.steps]
    if setting.cancel:
        yield from _faults_of_leaving(setting, policy)
    else:
        yield PortalFault(wrong="cancel_off")
    if setting.switch_plan and not setting.products:
        yield PortalFault(wrong="switch_without_products")
    elif not setting.products and any(step.offer == SwitchPlan(price_id=None) for step in steps):
        yield PortalFault(wrong="no_products")
    if not setting.pause and any(isinstance(step.offer, Pause) for step in steps):
        yield PortalFault(wrong="pause_off")
    if not setting.card:
        yield PortalFault(wrong="card_off")
    if setting.return_url is None:
        yield PortalFault(wrong="no_return_url")


def _faults_of_leaving(setting: PortalSetting, policy: Policy) -> Iterator[PortalFault]:
    if not setting.reasons and not setting.feedback_options:
        yield PortalFault(wrong="no_reasons")
    wanted = {option for rule in policy.rules for option in rule.match.feedback_options}
    missing = sorted(wanted - set(setting.feedback_options))
    if missing:
        yield PortalFault(wrong="unknown_options", detail=", ".join(missing))
    early = [rule.name for rule in policy.rules if any(step.when.anchor == "before_end" for step in rule.steps)]
    if setting.cancel_mode == "immediately" and early:
        yield PortalFault(wrong="at_once", detail=", ".join(early))
