"""Parse a policy file: from TOML to the domain's policy, or a list of every fault by rule and key."""

import hashlib
import json
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from bot.policy.consistency import conflicts
from bot.policy.fault_words import where, wrong
from bot.policy.reachable import gap_warnings
from bot.policy.rule_schema import RuleSchema
from bot.policy.schema import HoursSchema, LimitsSchema, PauseSchema, PolicySchema
from bot.policy.value_types import Schema
from bot.policy.working_time import time_warnings
from domain.billing.portal_access import PortalSetting
from domain.ids import StaffId
from domain.winback.policy import Policy, Rule
from wording.emails.custom_template import named_in

BUILT_IN = "winback.example.toml"

Part = TypeVar("Part", bound=Schema)
_NO_UTF_8 = "it isn't in UTF-8; save it with that encoding"
_BYTE_ORDER_MARK = "\ufeff"
_WIDEST = {
    "percent": 100,
    "invoices": 24,
    "step_gap": "0 days",
    "offer_lifetime": "999 weeks",
    "remind_before_end": "0 days",
    "oldest_case": "999 weeks",
}
"""What a limit that can't be read counts as, so that it causes no further faults."""


class PolicyError(Exception):
    """The file can't be used; `faults` lists what is wrong, by rule and key."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A policy, the settings for Stripe's portal from the same file, and what may not be meant as it is written."""

    policy: Policy
    portal: PortalSetting | None
    warnings: tuple[str, ...] = ()


def built_in() -> str:
    """Return the text of the built-in policy."""
    return files("bot").joinpath(BUILT_IN).read_text(encoding="utf-8")


def read_policy(text: str, *, zone: ZoneInfo | None, internal_domains: frozenset[str]) -> PolicyFile:
    """Return the policy in a text; `zone` and `internal_domains` come from the settings and count for its digest.

    Raises:
        PolicyError: with every fault, by rule and key, or the line of a syntax fault.
    """
    try:
        found = tomllib.loads(text.removeprefix(_BYTE_ORDER_MARK), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError([f"It isn't valid TOML: {error}"]) from None
    except RecursionError:
        raise PolicyError(["It isn't a policy: its brackets are nested too deep."]) from None
    try:
        shape = PolicySchema.model_validate(found)
    except ValidationError as error:
        all_faults = [*_sentences(error, found), *_twice(found), *_of_sound_parts(found)]
        raise PolicyError(list(dict.fromkeys(all_faults))) from None
    canonical = json.dumps([found, str(zone), sorted(internal_domains)], sort_keys=True, default=str)
    policy = Policy(
        rules=tuple(rule.to_domain() for rule in shape.rules),
        limits=shape.limits.to_domain(shape.hours, shape.pause),
        consent=shape.consent.to_domain(),
        no_contact_phrases=shape.words.never_contact,
        person_reads=shape.words.a_person_reads,
        internal_domains=internal_domains,
        zone=zone,
        digest=hashlib.sha256(canonical.encode()).hexdigest(),
        own_site_code=shape.own_site_code,
        match_noted=shape.match_noted,
        notify=tuple(map(StaffId, dict.fromkeys(shape.notify))),
    )
    against = (*_twice(found), *conflicts(policy.rules, policy.limits))
    if against:
        raise PolicyError(against)
    warnings = tuple(
        each
        for rule in policy.rules
        for each in (
            *gap_warnings(rule, policy.limits),
            *time_warnings(rule, policy.limits),
            *_without_code(rule, policy),
        )
    )
    return PolicyFile(policy, shape.portal.to_domain() if shape.portal else None, warnings)


def _without_code(rule: Rule, policy: Policy) -> Iterator[str]:
    """Yield a sentence for each step whose own text has a code that no customer gets."""
    for number, step in enumerate(rule.steps, start=1):
        if step.text is not None and not policy.own_site_code and "code" in named_in(step.text):
            yield (
                f'rule "{rule.name}", steps[{number}]: its text uses code, which stays empty, because '
                "own_site_code is off. Remove it, or write own_site_code = true above the first section."
            )


def _twice(found: dict[str, Any]) -> Iterator[str]:
    rules = found.get("rules")
    named = [each.get("name") for each in rules if isinstance(each, dict)] if isinstance(rules, list) else []
    names = [unicodedata.normalize("NFKC", each).casefold().strip() for each in named if isinstance(each, str)]
    for name in sorted({each for each in names if names.count(each) > 1}):
        yield f'The file: two rules are called "{name}"; give each its own name.'


def _of_sound_parts(found: dict[str, Any]) -> Iterator[str]:
    """Find conflicts among the rules and limits that are valid, although another part of the file isn't."""
    rules = found.get("rules")
    limits = _sound_limits(found.get("limits", {}))
    if limits is None or not isinstance(rules, list):
        return
    sound = [rule.to_domain() for each in rules if (rule := _alone(RuleSchema, each)) is not None]
    yield from conflicts(sound, limits.to_domain(HoursSchema(), PauseSchema()))


def _sound_limits(found: object) -> LimitsSchema | None:
    """Return the limits, each faulty one replaced by one that nothing exceeds."""
    try:
        return LimitsSchema.model_validate(found)
    except ValidationError as error:
        faulty = {str(fault["loc"][0]) for fault in error.errors() if fault["loc"]}
    if not isinstance(found, dict):
        return None
    sound = {key: value for key, value in found.items() if key not in faulty}
    return _alone(LimitsSchema, {key: _WIDEST[key] for key in faulty & _WIDEST.keys()} | sound)


def _alone(shape: type[Part], found: object) -> Part | None:
    try:
        return shape.model_validate(found)
    except ValidationError:
        return None


def _sentences(error: ValidationError, found: dict[str, Any]) -> Iterator[str]:
    faults = error.errors(include_url=False)
    faulty = [fault["loc"] for fault in faults]
    for fault in faults:
        if fault["type"] == "too_short" and any(each[:-1] == fault["loc"] for each in faulty):
            continue  # it counts as empty only because what is in it is wrong
        said = f"{where(fault['loc'], found)}: {wrong(fault)}"
        yield said if said.endswith("?") else f"{said}."


def read_policy_file(path: Path | None, *, zone: ZoneInfo | None, internal_domains: frozenset[str]) -> PolicyFile:
    """Read the policy in a file, or the built-in one for None; see `read_policy`.

    Raises:
        PolicyError: it can't be read or used; each fault begins with the file's name.
    """
    name = "the built-in policy" if path is None else path.name
    try:
        text = built_in() if path is None else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = (error.strerror or "it cannot be read").lower() if isinstance(error, OSError) else _NO_UTF_8
        raise PolicyError([f"{name}: {why}."]) from None
    try:
        return read_policy(text, zone=zone, internal_domains=internal_domains)
    except PolicyError as error:
        raise PolicyError([f"{name}: {fault}" for fault in error.faults]) from None
