"""The policy as the settings name it: a file of the operator's, or the built-in one."""

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.policy.parse import PolicyError, PolicyFile, built_in, read_policy
from bot.settings.settings import Settings
from domain.winback.policy import Policy


def load(settings: Settings) -> PolicyFile:
    """Read the policy.

    Raises:
        PolicyError: it cannot be read or used; each fault begins with the file's name.
    """
    return read_file(settings.policy_path, zone=settings.timezone, internal_domains=settings.own_domains)


def read_file(path: Path | None, *, zone: ZoneInfo | None, internal_domains: frozenset[str]) -> PolicyFile:
    """Read the policy in a file, or (None) the built-in one; as `read_policy`.

    Raises:
        PolicyError: it cannot be read or used; each fault begins with the file's name.
    """
    name = "the built-in policy" if path is None else path.name
    try:
        text = built_in() if path is None else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        why = fault.strerror if isinstance(fault, OSError) else "it is not written in UTF-8"
        raise PolicyError([f"{name}: {(why or 'it cannot be read').lower()}."]) from None
    try:
        return read_policy(text, zone=zone, internal_domains=internal_domains)
    except PolicyError as faulty:
        raise PolicyError([f"{name}: {fault}" for fault in faulty.faults]) from None


def read_again(settings: Settings) -> Policy | Sequence[str]:
    """Read the policy afresh (`flows.winback.policy.active_policy.ReadPolicy`)."""
    try:
        return load(settings).policy
    except PolicyError as faulty:
        return faulty.faults
