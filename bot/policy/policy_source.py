"""The policy's file: the operator's own, or the built-in one."""

from pathlib import Path
from zoneinfo import ZoneInfo

from bot.policy.parse import PolicyError, PolicyFile, built_in, read_policy


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
