"""Comparing the customer portal's settings with what the policy needs, and changing them."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Literal

from domain.billing.portal_access import PortalSetting
from domain.winback.offer import Pause, SwitchPlan
from domain.winback.policy import Policy
from flows.ports import PortalSetup
from flows.ports.store import AuditEntry, Store

PortalFaultKind = Literal[
    "cancel_off",  # nobody can cancel by themselves, so nobody is asked why
    "no_reasons",  # nobody is asked why
    "unknown_options",  # rules need answers that are not among the choices
    "at_once",  # cancellation takes effect at once, but rules act before the end
    "switch_without_products",
    "no_products",  # the policy offers a change of plan, and none is listed
    "pause_off",  # the policy offers a pause, which customers can't end by themselves
    "card_off",  # customers can't replace a failed card
    "no_return_url",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalFault:
    """Something wrong with the settings; `detail` has names, separated by commas."""

    wrong: PortalFaultKind
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChange:
    """A setting that differs from the one wanted."""

    key: str
    found: object
    wanted: object


def faults_of(setting: PortalSetting, policy: Policy) -> tuple[PortalFault, ...]:
    """Return what is wrong with a portal's settings for a policy."""
    return tuple(_faults(setting, policy))


def changes(found: PortalSetting, wanted: PortalSetting) -> tuple[SettingChange, ...]:
    """Return what would change, setting by setting."""
    differing = (
        SettingChange(key=each.name, found=getattr(found, each.name), wanted=getattr(wanted, each.name))
        for each in fields(wanted)
    )
    return tuple(each for each in differing if each.found != each.wanted)


async def apply(
    setup: PortalSetup, store: Store, wanted: PortalSetting, *, who: str, now: datetime
) -> tuple[SettingChange, ...]:
    """Change the portal's settings, read and record them, and return what still differs.

    Raises as `PortalSetup.apply`.
    """
    made = changes(await setup.read(), wanted)
    await setup.apply(wanted)
    left = changes(await setup.read(), wanted)
    entry = AuditEntry(
        who=who,
        action="portal",
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
        yield from _cancel_faults(setting, policy)
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


def _cancel_faults(setting: PortalSetting, policy: Policy) -> Iterator[PortalFault]:
    if not setting.reasons and not setting.feedback_options:
        yield PortalFault(wrong="no_reasons")
    wanted = {option for rule in policy.rules for option in rule.match.feedback_options}
    missing = sorted(wanted - set(setting.feedback_options))
    if missing:
        yield PortalFault(wrong="unknown_options", detail=", ".join(missing))
    early = [rule.name for rule in policy.rules if any(step.when.anchor == "before_end" for step in rule.steps)]
    if setting.cancel_mode == "immediately" and early:
        yield PortalFault(wrong="at_once", detail=", ".join(early))
