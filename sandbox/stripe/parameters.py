"""What an endpoint takes: parameters by name and type, refused as Stripe refuses what is unknown, missing or malformed.

A parameter of Stripe's that the sandbox does not know is refused like one that does not exist: nothing is silently
ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.stripe.errors import Refusal

Reader = Callable[[Any, str], Any]
"""Turns the string, array or hash found under a name into a value, or refuses it."""


def text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise Refusal(f"Invalid string: {value}", param=name)
    if len(value) > 5000:  # Stripe's limit for any string
        raise Refusal(f"Invalid string: must be at most 5000 characters, {name} has {len(value)}", param=name)
    return value


def filled(value: Any, name: str) -> str:
    """Read a text that cannot be unset by an empty string."""
    if value == "":
        raise Refusal(
            f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; "
            f"however '{name}' cannot be unset. You should remove '{name}' from your request or supply a non-empty "
            "value.",
            code="parameter_invalid_empty",
            param=name,
        )
    return text(value, name)


def at_most(most: int) -> Reader:
    """Read a text of so many characters, one at least."""

    def read(value: Any, name: str) -> str:
        if len(filled(value, name)) > most:
            raise Refusal(f"Invalid string: must be at most {most} characters", param=name)
        return str(value)

    return read


def url(value: Any, name: str) -> str:
    """Read a web address, with its scheme."""
    if not re.match(r"https?://[^\s/]", filled(value, name)):
        raise Refusal("Not a valid URL", code="url_invalid", param=name)
    return str(value)


def integer(value: Any, name: str) -> int:
    if not isinstance(value, str) or not value.removeprefix("-").isascii() or not value.removeprefix("-").isdigit():
        raise Refusal(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
    return int(value)


def positive(value: Any, name: str) -> int:
    read = integer(value, name)
    if read < 1:
        raise Refusal("This value must be greater than or equal to 1.", code="parameter_invalid_integer", param=name)
    return read


def not_negative(value: Any, name: str) -> int:
    read = integer(value, name)
    if read < 0:
        raise Refusal("This value must be greater than or equal to 0.", code="parameter_invalid_integer", param=name)
    return read


def page_size(value: Any, name: str) -> int:
    size = integer(value, name)
    if not 1 <= size <= 100:  # Stripe: pagination, `limit`
        raise Refusal(f"This value must be between 1 and 100 (inclusive), not {size}.", param=name)
    return size


def boolean(value: Any, name: str) -> bool:
    if value not in {"true", "false"}:
        raise Refusal(f"Invalid boolean: {value}", param=name)
    return bool(value == "true")


def number(value: Any, name: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise Refusal(f"Invalid decimal: {value}", param=name) from error


def one_of(*choices: str) -> Reader:
    def read(value: Any, name: str) -> str:
        if value not in choices:
            last = f", or {choices[-1]}" if len(choices) > 1 else choices[-1]
            raise Refusal(f"Invalid {name}: must be one of {', '.join(choices[:-1])}{last}", param=name)
        return str(value)

    return read


def short(most: int) -> Reader:
    """Take a text of at most so many characters."""

    def read(value: Any, name: str) -> str:
        if len(text(value, name)) > most:
            raise Refusal(f"Invalid string: {value}; must be at most {most} characters", param=name)
        return str(value)

    return read


def word_or(reader: Reader, *words: str) -> Reader:
    """Take one of these words as it is, and read all else."""
    return lambda value, name: value if value in words else reader(value, name)


def array(element: Reader) -> Reader:
    def read(value: Any, name: str) -> list[Any]:
        if not isinstance(value, list):
            raise Refusal("Invalid array", param=name)
        return [element(each, f"{name}[{index}]") for index, each in enumerate(value)]

    return read


def unsettable(reader: Reader) -> Reader:
    """Take an empty string, too, which unsets the parameter: read as `None`."""
    return lambda value, name: None if value == "" else reader(value, name)


def emptiable(reader: Reader) -> Reader:
    """Take an empty string for an array, which is then empty."""
    return lambda value, name: [] if value == "" else reader(value, name)


def either(first: Reader, second: Reader) -> Reader:
    """Read hashes and arrays by the second reader, all else by the first."""
    return lambda value, name: (second if isinstance(value, (dict, list)) else first)(value, name)


def hash_of(known: Mapping[str, Reader], *, required: tuple[str, ...] = ()) -> Reader:
    def read(value: Any, name: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Refusal("Invalid hash", param=name)
        return read_all(value, known, required, prefix=name)

    return read


def hash_by_key(reader: Reader) -> Reader:
    """Read a hash with free keys, such as currencies, each value by the reader."""

    def read(value: Any, name: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Refusal("Invalid hash", param=name)
        return {key: reader(each, f"{name}[{key}]") for key, each in value.items()}

    return read


def metadata(value: Any, name: str) -> dict[str, str]:
    """Read free keys; an empty string unsets a key, an empty hash all of them."""
    if value == "":
        return {}
    if not isinstance(value, dict):
        raise Refusal("Invalid hash", param=name)
    return {key: text(each, f"{name}[{key}]") for key, each in value.items()}


EXPAND: dict[str, Reader] = {"expand": array(text)}
RANGE: Reader = either(integer, hash_of({"gt": integer, "gte": integer, "lt": integer, "lte": integer}))
PAGE: dict[str, Reader] = {"limit": page_size, "starting_after": filled, "ending_before": filled} | EXPAND


def read_all(
    given: Mapping[str, Any], known: Mapping[str, Reader], required: tuple[str, ...] = (), *, prefix: str = ""
) -> dict[str, Any]:
    """Read every parameter given.

    Raises:
        Refusal: one is unknown, malformed or missing; the first one found is named, as by Stripe.
    """

    def named(key: str) -> str:
        return f"{prefix}[{key}]" if prefix else key

    for key in given:
        if key not in known:
            raise Refusal(f"Received unknown parameter: {named(key)}", code="parameter_unknown", param=named(key))
    for key in required:
        if key not in given:
            raise Refusal(f"Missing required param: {named(key)}.", code="parameter_missing", param=named(key))
    return {key: known[key](value, named(key)) for key, value in given.items()}
