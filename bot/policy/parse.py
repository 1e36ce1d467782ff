"""Parse a policy file: from TOML to the domain's policy, or a list of every fault by rule and key."""

import hashlib
import json
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from bot.policy.consistency import conflicts
from bot.policy.rule_schema import RuleSchema
from bot.policy.schema import HoursSchema, LimitsSchema, PauseSchema, PolicySchema
from bot.policy.value_types import Schema
from domain.billing.portal_access import PortalSetting
from domain.winback.policy import Policy

BUILT_IN = "winback.example.toml"

Part = TypeVar("Part", bound=Schema)


class PolicyError(Exception):
    """The file can't be used; `faults` lists what is wrong, by rule and key."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A policy, and the settings for Stripe's portal from the same file."""

    policy: Policy
    portal: PortalSetting | None


def built_in() -> str:
    """Return the text of the built-in policy."""
    return files("bot").joinpath(BUILT_IN).read_text(encoding="utf-8")


def read_policy(text: str, *, zone: ZoneInfo | None, internal_domains: frozenset[str]) -> PolicyFile:
    """Return the policy in a text; `zone` and `internal_domains` come from the settings and count for its digest.

    Raises:
        PolicyError: with every fault, by rule and key, or the line of a syntax fault.
    """
    try:
        found = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError([f"It isn't valid TOML: {error}"]) from None
    try:
        shape = PolicySchema.model_validate(found)
    except ValidationError as error:
        raise PolicyError(list(dict.fromkeys([*_sentences(error, found), *_of_sound_parts(found)]))) from None
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
    )
    against = tuple(conflicts(policy.rules, policy.limits))
    if against:
        raise PolicyError(against)
    return PolicyFile(policy, shape.portal.to_domain() if shape.portal else None)


def _of_sound_parts(found: dict[str, Any]) -> Iterator[str]:
    """Find conflicts among the rules and limits that are valid, although another part of the file isn't."""
    rules = found.get("rules")
    limits = _alone(LimitsSchema, found.get("limits", {}))
    if limits is None or not isinstance(rules, list):
        return
    sound = [rule.to_domain() for each in rules if (rule := _alone(RuleSchema, each)) is not None]
    yield from conflicts(sound, limits.to_domain(HoursSchema(), PauseSchema()))


def _alone(shape: type[Part], found: object) -> Part | None:
    try:
        return shape.model_validate(found)
    except ValidationError:
        return None


def _sentences(error: ValidationError, found: dict[str, Any]) -> Iterator[str]:
    for fault in error.errors(include_input=False, include_url=False):
        yield f"{_where(fault['loc'], found)}: {_wrong(fault)}."


def _wrong(fault: Any) -> str:
    match fault["type"]:
        case "extra_forbidden":
            return "is an unknown key"
        case "missing":
            return "is missing"
    words = str(fault["msg"]).removeprefix("Value error, ").rstrip(".")
    return words[0].lower() + words[1:]


def _where(path: Sequence[str | int], found: dict[str, Any]) -> str:
    """Return a place in its author's words: rule "too expensive", steps[2].percent."""
    if len(path) < 2 or path[0] != "rules" or not isinstance(path[1], int):  # a rule and its number
        return _dotted(path) or "The file"
    rule = found["rules"][path[1]]
    name = rule.get("name") if isinstance(rule, dict) else None
    called = f'rule "{name}"' if isinstance(name, str) else f"rule {path[1] + 1}"
    rest = _dotted(path[2:])
    return f"{called}, {rest}" if rest else called


def _dotted(path: Sequence[str | int]) -> str:
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def read_policy_file(path: Path | None, *, zone: ZoneInfo | None, internal_domains: frozenset[str]) -> PolicyFile:
    """Read the policy in a file, or the built-in one for None; see `read_policy`.

    Raises:
        PolicyError: it can't be read or used; each fault begins with the file's name.
    """
    name = "the built-in policy" if path is None else path.name
    try:
        text = built_in() if path is None else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it isn't in UTF-8"
        raise PolicyError([f"{name}: {(why or 'it cannot be read').lower()}."]) from None
    try:
        return read_policy(text, zone=zone, internal_domains=internal_domains)
    except PolicyError as error:
        raise PolicyError([f"{name}: {fault}" for fault in error.faults]) from None
