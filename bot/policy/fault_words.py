"""The faults that pydantic finds, in plain words: what is wrong, and what it should look like."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.policy.codes import closest
from bot.policy.rule_schema import RuleSchema, StepSchema, UpToSchema
from bot.policy.schema import (
    ConsentSchema,
    HoursSchema,
    LimitsSchema,
    PauseSchema,
    PolicySchema,
    PortalSchema,
    WordsSchema,
)
from bot.policy.value_types import Schema
from wording.sanitize import cut, one_line

_TABLES: Mapping[tuple[str, ...], type[Schema]] = {
    (): PolicySchema,
    ("limits",): LimitsSchema,
    ("hours",): HoursSchema,
    ("consent",): ConsentSchema,
    ("pause",): PauseSchema,
    ("words",): WordsSchema,
    ("portal",): PortalSchema,
    ("rules",): RuleSchema,
    ("rules", "steps"): StepSchema,
    ("rules", "steps", "up_to"): UpToSchema,
}
_PATTERNS = {
    "start": 'isn\'t a time of day: write it like "09:00"',
    "end": 'isn\'t a time of day: write it like "18:00"',
    "name": "must be one line without the characters ` * _ ~ < > |, like too expensive",
    "price": "isn't a price's id at Stripe: it looks like \"price_1PgafmB7WZ01zgkW\"",
    "who": "isn't a member's id in Slack: it looks like \"U012AB3CD\"",
    "subject": 'must be one line of text, like "Before you leave {{ company }}"',
    "return_url": "isn't a page's address: write it like \"https://example.com/account\"",
}
_EXAMPLES = {"name": 'write it like name = "too expensive"', "offer": 'write it like offer = "discount"'}
_LIST_EXAMPLES = {
    "weekdays": "mon",
    "yes": "yes",
    "reasons": "unused",
    "feedback_options": "Missing an export",
    "tags": "csv export",
    "kinds": "payment_failed",
    "products": "prod_QYz7xk2mVbT9",
    "prices": "price_1PgafmB7WZ01zgkW",
    "countries": "DE",
    "phases": "ended",
}
_MOST_QUOTED = 80
_ARRAYS = frozenset({"rules", "steps"})
_QUOTED = re.compile(r"'([^']+)'")


def where(path: Sequence[str | int], found: Mapping[str, Any]) -> str:
    """Return a place in its author's words: rule "too expensive", steps[2].percent."""
    if len(path) < 2 or path[0] != "rules" or not isinstance(path[1], int):  # a rule and its number
        return _dotted(path) or "The file"
    rule = found["rules"][path[1]]
    name = rule.get("name") if isinstance(rule, dict) else None
    called = f'rule "{_quoted(name)}"' if isinstance(name, str) and name.strip() else f"rule {path[1] + 1}"
    rest = _dotted(path[2:])
    return f"{called}, {rest}" if rest else called


def wrong(fault: Any) -> str:
    """Return what is wrong, to follow a colon."""
    if fault["type"] in _WORDS:
        return _WORDS[fault["type"]](fault)
    words = str(fault["msg"]).removeprefix("Value error, ").rstrip(".")
    return words if words.startswith("Stripe") else words[0].lower() + words[1:]


def _empty(fault: Any) -> str:
    """Return that a list is empty, with what to write; an empty list of criteria would match everybody."""
    example = _LIST_EXAMPLES.get(str(fault["loc"][-1]), "…")
    matching = ", or leave it out" if fault["loc"][0] == "rules" else ""
    return f'is empty: name at least one, like ["{example}"]{matching}'


def _missing(fault: Any) -> str:
    key = fault["loc"][-1]
    return f"is missing: {_EXAMPLES[key]}" if key in _EXAMPLES else "is missing"


def _no_text(fault: Any) -> str:
    written = fault["input"]
    example = written if isinstance(written, int) and not isinstance(written, bool) else "yes"
    return f'must be text in quotes, like "{example}"'


def _no_list(fault: Any) -> str:
    written = fault["input"] if isinstance(fault["input"], str) else "…"
    tables = " (rules and steps begin with [[rules]] and [[rules.steps]])" if fault["loc"][-1] in _ARRAYS else ""
    return f'must be a list in square brackets, like ["{_quoted(written)}"]{tables}'


def _no_table(fault: Any) -> str:
    if fault["loc"][-1] == "up_to":
        return "must be a table: write it like { percent = 25 }"
    return f"must be a table: write [{_dotted(fault['loc'])}], and its keys below it"


def _unknown(fault: Any) -> str:
    *table, key = [each for each in fault["loc"] if isinstance(each, str)]
    schema = _TABLES.get(tuple(table))
    meant = closest(key, schema.model_fields) if schema is not None else None
    return f"is an unknown key: did you mean {meant}?" if meant else "is an unknown key"


def _not_among(fault: Any) -> str:
    written, known = fault["input"], _QUOTED.findall(str(fault["ctx"]["expected"]))
    begun = written[:3].casefold() if isinstance(written, str) else None
    meant = begun if begun in known else closest(written, known) if isinstance(written, str) else None
    hint = f"did you mean {meant}?" if meant else f"write one of {', '.join(known)}"
    return f'"{_quoted(str(written))}" isn\'t known here: {hint}'


def _quoted(written: str) -> str:
    """Return what somebody wrote as one short line."""
    return cut(one_line(written), _MOST_QUOTED)


def _dotted(path: Sequence[str | int]) -> str:
    text = ""
    for part in path:
        name = _quoted(str(part)) or "(no name)"
        text += f"[{part + 1}]" if isinstance(part, int) else f".{name}" if text else name
    return text


_WORDS: Mapping[str, Callable[[Any], str]] = {
    "extra_forbidden": _unknown,
    "missing": _missing,
    "literal_error": _not_among,
    "string_type": _no_text,
    "string_too_short": lambda _: "is empty: write something between the quotes",
    "string_too_long": lambda fault: f"is too long: {fault['ctx']['max_length']} characters at most",
    "string_pattern_mismatch": lambda fault: _PATTERNS[str(fault["loc"][-1])],
    "too_short": _empty,
    "greater_than_equal": lambda fault: f"must be at least {fault['ctx']['ge']}",
    "less_than_equal": lambda fault: f"must be at most {fault['ctx']['le']}",
    "model_type": _no_table,
    "dict_type": _no_table,
    "frozen_set_type": _no_list,
    "tuple_type": _no_list,
}
