"""Holding JSON against the SDK's types: fields, nullability, types, and the literal members even of open enumerations.

The SDK writes `Optional` both for "may be null" and for "may be missing", so for such fields both pass.
"""

import types
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

from stripe import ListObject, RequestOptions, SearchResultObject, StripeObject
from stripe._stripe_object import UntypedStripeObject
from typing_extensions import is_typeddict

from tests.honesty import annotations

Problems = Iterator[str]
_OPTIONS = RequestOptions.__annotations__.keys()
PAGE = {"object", "data", "has_more", "url"}
MORE = {ListObject: {"total_count"}, SearchResultObject: {"next_page", "total_count"}}
"""What a page may hold beyond what it must; the SDK's classes of pages leave out `total_count` (Stripe: Pagination)."""


class Reader:
    """Reads one body or one set of parameters; `objects` counts Stripe's objects met on the way by name.

    With `wire`, leaves are strings as a form carries them, and a hash need not be whole.
    """

    def __init__(self, *, wire: bool = False) -> None:
        self._wire = wire
        self.objects: Counter[str] = Counter()

    def problems(self, value: Any, kind: Any, at: str) -> Problems:
        """Return what of a value its type does not allow, and where."""
        origin = get_origin(kind)
        if kind is Any:
            return
        if origin in {Union, types.UnionType}:
            yield from self._union(value, get_args(kind), at)
        elif origin is Literal:
            if value not in [self._leaf(each) for each in get_args(kind)]:
                yield f"{at}: {value!r} is none of {sorted(map(str, get_args(kind)))}"
        elif origin in {list, ListObject, SearchResultObject}:
            yield from self._array(value, origin, get_args(kind)[0], at)
        elif origin in {dict, UntypedStripeObject}:
            yield from self._mapping(value, get_args(kind)[-1], at)
        elif is_typeddict(kind):
            yield from self._hash(value, kind, at)
        elif issubclass(kind, StripeObject):
            yield from self._object(value, kind, at)
        elif not self._fits(value, kind):
            yield f"{at}: {value!r} is not {kind.__name__}"

    def changed(self, before: Any, kind: type, at: str) -> Problems:
        """Check `previous_attributes`: some of an object's fields, hashes with some of their keys, any of them null."""
        known = annotations.fields(kind)
        for name, value in before.items():
            if name not in known:
                yield f"{at}.{name}: no such field of {kind.__name__}"
            elif value is not None:
                yield from self._changed_field(value, _without_null(known[name]), f"{at}.{name}")

    def _changed_field(self, value: Any, kind: Any, at: str) -> Problems:
        if not isinstance(value, dict):
            yield from self.problems(value, kind, at)
        elif get_origin(kind) is ListObject:  # told whole, but without its frame
            yield from self._array(value.get("data"), list, get_args(kind)[0], f"{at}.data")
        elif get_origin(kind) is UntypedStripeObject:
            before = {key: each for key, each in value.items() if each is not None}  # null: the key was not there
            yield from self.problems(before, kind, at)
        elif isinstance(kind, type) and issubclass(kind, StripeObject):
            yield from self.changed(value, kind, at)
        else:
            yield from self.problems(value, kind, at)

    def _union(self, value: Any, members: tuple[Any, ...], at: str) -> Problems:
        if value is None:
            if type(None) not in members:
                yield f"{at}: null"
            return
        members = tuple(each for each in members if each is not type(None))
        literals = tuple(each for each in members if get_origin(each) is Literal)
        if any(any(get_args(each)) for each in literals):  # not by `Literal['']` alone, which only unsets a text
            members = tuple(each for each in members if each is not str)  # by which the SDK leaves enumerations open
        if isinstance(value, dict) and "object" in value:
            members = (
                tuple(each for each in members if getattr(each, "OBJECT_NAME", None) == value["object"]) or members
            )
        tried = [list(self.problems(value, each, at)) for each in members]
        if all(tried):
            yield from min(tried, key=len)

    def _object(self, value: Any, kind: type, at: str) -> Problems:
        if not isinstance(value, dict):
            yield f"{at}: {value!r} is not an object"
            return
        name = getattr(kind, "OBJECT_NAME", None)
        if name is not None:
            self.objects[name] += 1
        fields = _fields(kind)
        if value.get("deleted") is True:  # Stripe: Delete a customer; nothing else is left
            fields = {each: fields[each] for each in ("id", "object", "deleted")}
        yield from (f"{at}.{each}: no such field of {kind.__name__}" for each in value.keys() - fields.keys())
        for each, field in fields.items():
            if each not in value:
                if not field.may_miss:
                    yield f"{at}.{each}: missing"
            elif type(value[each]) in field.any_of:
                continue
            elif field.digits and value[each] is not None:
                yield f"{at}.{each}: {value[each]!r} is not a string of digits"
            else:
                yield from self.problems(value[each], field.kind, f"{at}.{each}")

    def _hash(self, value: Any, kind: type, at: str) -> Problems:
        """Check a hash of parameters; what the SDK turns into headers is no parameter."""
        if not isinstance(value, dict):
            yield f"{at}: {value!r} is not a hash"
            return
        known = {name: hint for name, hint in annotations.fields(kind).items() if name not in _OPTIONS}
        yield from (f"{at}: no parameter {each} in {kind.__name__}" for each in value.keys() - known.keys())
        yield from (f"{at}.{each}: missing" for each in annotations.required(kind) - value.keys())
        for each in value.keys() & known.keys():
            yield from self.problems(value[each], known[each], f"{at}.{each}")

    def _array(self, value: Any, origin: Any, element: Any, at: str) -> Problems:
        if origin is not list:
            if not isinstance(value, dict) or value.get("object") != origin.OBJECT_NAME:
                yield f"{at}: not a {origin.OBJECT_NAME}"
                return
            if not PAGE <= value.keys() <= PAGE | MORE[origin]:
                yield f"{at}: a {origin.OBJECT_NAME} with the fields {sorted(value)}"
                return
            value = value["data"]
        if not isinstance(value, list):
            yield f"{at}: {value!r} is not an array"
            return
        for index, each in enumerate(value):
            yield from self.problems(each, element, f"{at}[{index}]")

    def _mapping(self, value: Any, element: Any, at: str) -> Problems:
        if not isinstance(value, dict):
            yield f"{at}: {value!r} is not an object"
            return
        for name, each in value.items():
            yield from self.problems(each, element, f"{at}.{name}")

    def _leaf(self, member: Any) -> Any:
        return str(member).lower() if self._wire and isinstance(member, bool) else member

    def _fits(self, value: Any, kind: type) -> bool:
        if self._wire:
            return isinstance(value, str) and _reads_as(value, kind)
        if kind is float:
            return isinstance(value, int | float) and not isinstance(value, bool)
        return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of an object: what it may hold, and the types of which every value will do, which most values have."""

    kind: Any
    digits: bool
    any_of: frozenset[type]

    @property
    def may_miss(self) -> bool:
        return type(None) in get_args(self.kind)


@cache
def _fields(kind: type) -> dict[str, _Field]:
    encodings: dict[str, str] = getattr(kind, "_field_encodings", {})
    digits = {name for name, encoding in encodings.items() if encoding in {"decimal_string", "int64_string"}}
    return {
        name: _Field(hint, name in digits, frozenset({str}) if name in digits else _any_of(hint))
        for name, hint in annotations.fields(kind).items()
    }


def _any_of(hint: Any) -> frozenset[type]:
    """Return the types of which a field takes every value; a type that lists texts doesn't take every text."""
    members = set(get_args(hint)) if get_origin(hint) in {Union, types.UnionType} else {hint}
    listed = any(get_origin(each) is Literal for each in members)
    return frozenset(members & ({bool, int, type(None)} if listed else {bool, int, str, type(None)}))


def _reads_as(text: str, kind: type) -> bool:
    if kind is bool:
        return text in {"true", "false"}
    if kind in {int, float, Decimal}:
        try:
            kind(text)
        except (ValueError, ArithmeticError):
            return False
    return True


def _without_null(hint: Any) -> Any:
    """Give a field's type when it is not null; a choice of several stays one."""
    members = tuple(each for each in get_args(hint) if each is not type(None))
    return members[0] if get_origin(hint) is Union and len(members) == 1 else hint
