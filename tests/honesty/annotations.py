"""The SDK's annotations, resolved: its modules name most types only under `if TYPE_CHECKING`."""

import ast
import importlib
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import Any, get_type_hints

from stripe import StripeObject
from stripe._object_classes import OBJECT_CLASSES

_AFRESH: dict[str, Any] = {}
"""With names of its own `typing` resolves again what it resolved for another module: "SessionCreateParams" is several
classes, and its text is one and the same reference to `typing`."""


@cache
def fields(kind: type) -> dict[str, Any]:
    """Return the fields that an object's class or a parameters' TypedDict declares, with their types."""
    found: dict[str, Any] = {}
    for each in reversed(kind.__mro__):
        if each in {object, dict, StripeObject} or not each.__module__.startswith("stripe"):
            continue
        holder = type("Holder", (), {"__annotations__": dict(inspect.get_annotations(each))})
        found |= get_type_hints(holder, globalns=namespace(sys.modules[each.__module__]), localns=_AFRESH)
    return {name: hint for name, hint in found.items() if not name.startswith("_") and name != "OBJECT_NAME"}


@cache
def required(parameters: type) -> frozenset[str]:
    """Return the parameters that must be given."""
    names: frozenset[str] = parameters.__required_keys__  # type: ignore[attr-defined]  # it is a TypedDict
    return names


@cache
def class_of(name: str) -> type | None:
    """Find the SDK's class by the value of a JSON object's `object`."""
    if name not in OBJECT_CLASSES:
        return None
    module, attribute = OBJECT_CLASSES[name]
    found: type = getattr(importlib.import_module(module), attribute)
    return found


@cache
def signature(function: Any) -> dict[str, Any]:
    """Resolve a service method's annotations."""
    return get_type_hints(function, globalns=namespace(sys.modules[function.__module__]), localns=_AFRESH)


def namespace(module: ModuleType) -> dict[str, Any]:
    """Give a module's names with those that it imports for type checkers only."""
    return {**_namespace("stripe._request_options"), **_namespace(module.__name__)}


@cache
def _namespace(module_name: str) -> dict[str, Any]:
    module = importlib.import_module(module_name)
    names = dict(vars(module))
    for node in _imports(ast.parse(inspect.getsource(module))):
        for alias in node.names:
            names[alias.asname or alias.name] = getattr(importlib.import_module(str(node.module)), alias.name)
    return names


def _imports(tree: ast.Module) -> Iterator[ast.ImportFrom]:
    for node in tree.body:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            yield from (each for each in node.body if isinstance(each, ast.ImportFrom))
