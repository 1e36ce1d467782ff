"""A rule's own words for an email: templates of the policy, filled in a sandbox with a few named values."""

from collections.abc import Mapping

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from wording.sanitize import one_line, plain

IN_SUBJECT = ("company", "plan", "offer", "expires")
"""What a subject may name: the company's words only, never a customer's."""
IN_TEXT = (*IN_SUBJECT, "name", "reason", "code")
"""What a text may name; `name`, `reason` and `code` are empty where there are none."""

_LONGEST_SUBJECT = 150
_LONGEST_TEXT = 10_000
_EXAMPLE = {
    "company": "Acme",
    "plan": "Pro",
    "offer": "20% off your next 3 invoices",
    "expires": "Thu, 3 Dec 2026, 14:05 UTC",
    "name": "Dana Reyes",
    "reason": "too expensive",
    "code": "BACK-7KQM-3WXP",
}
_BARE = _EXAMPLE | {"name": "", "reason": "", "code": ""}
# What a template can fail with when it is filled: its own errors, and those of what it works out.
_FAILURES = (TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)

_environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)
_environment.globals.clear()


class UnusableTemplate(ValueError):
    """A template cannot be filled; the text says why."""


def fill_subject(template: str, values: Mapping[str, str]) -> str:
    """Fill a subject: one line. Raises UnusableTemplate if it can't be filled."""
    return one_line(_filled(template, {name: values[name] for name in IN_SUBJECT}))


def fill_text(template: str, values: Mapping[str, str]) -> tuple[str, ...]:
    """Fill a text, as plain paragraphs (no markup: HTML escapes them). Raises UnusableTemplate."""
    return paragraphs(_filled(template, {name: values[name] for name in IN_TEXT}))


def paragraphs(text: str) -> tuple[str, ...]:
    """Split a text at its empty lines; line breaks within a paragraph stay."""
    lines = [line.strip() for line in plain(text).split("\n")]
    return tuple(each.strip() for each in "\n".join(lines).split("\n\n") if each.strip())


def named_in(template: str) -> frozenset[str]:
    """Return what a template uses; of one that is no template: nothing."""
    try:
        return frozenset(meta.find_undeclared_variables(_environment.parse(template)))
    except TemplateSyntaxError:
        return frozenset()


def check_override(subject: str | None, text: str | None) -> tuple[str, ...]:
    """List what is wrong with a rule's own words, each as a sentence that names `subject` or `text`; none: ().

    They are filled with examples, with and without what a customer may lack.
    """
    faults = []
    if subject is not None:
        faults += _faults("subject", subject, IN_SUBJECT, longest=_LONGEST_SUBJECT)
    if text is not None:
        faults += _faults("text", text, IN_TEXT, longest=_LONGEST_TEXT)
    return tuple(faults)


def _faults(what: str, template: str, known: tuple[str, ...], *, longest: int) -> list[str]:
    try:
        unknown = meta.find_undeclared_variables(_environment.parse(template)) - set(known)
        if unknown:
            names = ", ".join(sorted(unknown))
            return [f"{what}: {names} cannot be named there; what can: {', '.join(known)}"]
        filled = [_filled(template, {name: values[name] for name in known}) for values in (_EXAMPLE, _BARE)]
    except TemplateError as fault:
        return [f"{what}: {_why(fault)}"]
    except UnusableTemplate as fault:
        return [f"{what}: {fault}"]
    if not all(each.strip() for each in filled):
        return [f"{what}: nothing is left of it for a customer without name, reason or code"]
    if max(map(len, filled)) > longest:
        return [f"{what}: longer than {longest:,} characters when it is filled"]
    return []


def _filled(template: str, values: Mapping[str, str]) -> str:
    try:
        return _environment.from_string(template).render(values)
    except _FAILURES as fault:
        raise UnusableTemplate(_why(fault)) from None


def _why(fault: Exception) -> str:
    if isinstance(fault, TemplateSyntaxError):
        return f"line {fault.lineno}: {fault.message}"
    return str(fault)
