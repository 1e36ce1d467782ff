"""The SDK's calls: which method and path each makes, what it takes and what it answers with, read from its source."""

import ast
import inspect
import re
import textwrap
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import stripe
from typing_extensions import is_typeddict

from tests.honesty import annotations

BILLING = Path(__file__).parents[2] / "billing"
SDK = Path(stripe.__file__).parent


@dataclass(frozen=True)
class Call:
    """One call: `GET /v1/customers/{}`, its parameters' TypedDict and the type of its answer."""

    endpoint: str
    params: type | None
    answer: Any


def endpoint(method: str, route: str) -> str:
    """Return a method and its path with the ids taken out."""
    return f"{method.upper()} {re.sub(r'{[^}]*}', '{}', route)}"


@cache
def call_to(wanted: str) -> Call | None:
    """Find the SDK's call to an endpoint; None where it has none."""
    pattern = re.compile('"' + re.escape(wanted.split(" ", 1)[1]).replace(r"\{\}", "{[^}]*}") + '"')
    for path in sorted(SDK.rglob("_*_service.py")):
        text = path.read_text(encoding="utf-8")
        if not pattern.search(text):
            continue
        module = import_module(".".join(("stripe", *path.relative_to(SDK).with_suffix("").parts)))
        for service in vars(module).values():
            if isinstance(service, type) and service.__module__ == module.__name__:
                for name, function in vars(service).items():
                    if name.endswith("_async") and (call := _call(function)) is not None and call.endpoint == wanted:
                        return call
    return None


def calls_of_billing() -> dict[str, str]:
    """Return every endpoint that the bot can call, by the source of `billing/`, with the expression that calls it."""
    client = stripe.StripeClient("rk_test_never_sent")
    sources = [path.read_text(encoding="utf-8") for path in BILLING.rglob("*.py")]
    found = {endpoint("get", f"/v1/{path}"): path for path in reads(*sources)}
    for chain in chains(*sources):
        method: Any = client.v1
        for name in chain.split("."):
            method = getattr(method, name)
        call = _call(method.__func__)
        assert call is not None, f"{chain} is no call that reaches Stripe"
        found[call.endpoint] = chain
    return found


def chains(*sources: str) -> list[str]:
    """List what follows `….v1.` in Python sources: `customers.list_async`, once for each place where it stands."""
    whole = []
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            names = []
            while isinstance(node, ast.Attribute):
                names.append(node.attr)
                node = node.value  # noqa: PLW2901  # climbs down the chain of this very node
            if "v1" in names and names[0].endswith("_async"):
                whole.append(".".join(reversed(names[: names.index("v1")])))
    return whole


def reads(*sources: str) -> list[str]:
    """List the paths that `Client.read` and `Client.walk` are asked for in Python sources: `subscriptions/{}`."""
    return [
        "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in getattr(path, "values", [path]))
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"read", "walk"}
        for path in node.args[:1]
        if isinstance(path, ast.Constant | ast.JoinedStr)
    ]


def _call(function: Any) -> Call | None:
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "_request_async":
            verb, path = node.args[:2]
            if isinstance(path, ast.Call) and isinstance(path.func, ast.Attribute):  # "…/{id}".format(id=…)
                path = path.func.value
            assert isinstance(verb, ast.Constant)
            assert isinstance(path, ast.Constant)
            hints = annotations.signature(function)
            params = [each for each in (*get_args(hints.get("params")), hints.get("params")) if is_typeddict(each)]
            return Call(endpoint(str(verb.value), str(path.value)), next(iter(params), None), hints["return"])
    return None
