"""The recorder at the sandbox's wall: holds every exchange against the SDK, and counts what it saw."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, get_args, get_origin

import stripe
from stripe import ListObject, SearchResultObject
from stripe._stripe_object import UntypedStripeObject

from sandbox.stripe.account import Account, Exchange
from tests.honesty import annotations, calls
from tests.honesty.shape import Reader

DEEPEST = 4  # Stripe: Expanding responses, "expansions have a maximum depth of four levels"


class Recorder:
    """Keeps `problems` in words, `seen` (endpoint by object) and `called` (endpoint)."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.seen: Counter[tuple[str, str]] = Counter()
        self.called: Counter[str] = Counter()
        self._held: dict[bytes, _Held] = {}

    def record(self, account: Account) -> None:
        """Watch an account from now on."""
        account.observers.append(self.take)

    def take(self, exchange: Exchange) -> None:
        """Hold one exchange against the SDK, unless the very same was held against it before."""
        told = (exchange.method, exchange.route, exchange.status, exchange.params, exchange.body)
        same = blake2b(json.dumps(told).encode()).digest()
        if same not in self._held:
            self._held[same] = _hold(exchange)
        held = self._held[same]
        if held.succeeded:
            self.called[held.endpoint] += 1
        self.problems += [f"{held.endpoint}: {problem}" for problem in held.found]
        for name, count in held.objects.items():
            self.seen[held.endpoint, name] += count


@dataclass(frozen=True, slots=True)
class _Held:
    """What came of holding an exchange against the SDK; `succeeded`: it was a call, and no error."""

    endpoint: str
    succeeded: bool
    found: list[str]
    objects: Counter[str]


def _hold(exchange: Exchange) -> _Held:
    """Check parameters only where they were accepted: a test may send wrong ones."""
    endpoint = calls.endpoint(exchange.method, exchange.route)
    reader = Reader()
    if exchange.method == "EVENT":
        return _Held(f"EVENT {exchange.route}", False, list(_event(reader, exchange.body, "event")), reader.objects)
    if exchange.status >= 400:  # HTTP
        return _Held(f"{endpoint} {exchange.status}", False, list(_error(reader, exchange.body)), reader.objects)
    return _Held(endpoint, True, list(_answer(reader, endpoint, exchange)), reader.objects)


def _answer(reader: Reader, endpoint: str, exchange: Exchange) -> Iterator[str]:
    call = calls.call_to(endpoint)
    if call is None:
        yield "the SDK has no such call"
        return
    if call.params is not None:
        yield from Reader(wire=True).problems(exchange.params, call.params, "params")
    elif exchange.params:
        yield f"takes no parameters, got {sorted(exchange.params)}"
    for path in exchange.params.get("expand", ()):
        yield from _expansion(path, call.answer)
    yield from reader.problems(exchange.body, call.answer, "body")
    for name, body in (("body", exchange.body), *_elements(exchange.body)):
        if body.get("object") == "event":
            yield from _event(reader, body, name, whole=False)


def _elements(body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if body.get("object") == "list":
        yield from ((f"body.data[{index}]", each) for index, each in enumerate(body.get("data", ())))


def _event(reader: Reader, event: dict[str, Any], at: str, *, whole: bool = True) -> Iterator[str]:
    """Check an event with the object that it is about; `whole` where the envelope was not checked yet."""
    if whole:
        yield from reader.problems(event, stripe.Event, at)
    data = event.get("data") or {}
    kind = annotations.class_of(data.get("object", {}).get("object", ""))
    if kind is None:
        yield f"{at}.data.object: no object of Stripe's"
        return
    yield from reader.problems(data["object"], kind, f"{at}.data.object")
    if ("previous_attributes" in data) is not event["type"].endswith(".updated"):
        yield f"{at}: previous_attributes belong to updates and to nothing else ({event['type']})"
    yield from reader.changed(data.get("previous_attributes", {}), kind, f"{at}.data.previous_attributes")


def _error(reader: Reader, body: dict[str, Any]) -> Iterator[str]:
    if body.keys() != {"error"}:
        yield f"an error's body holds {sorted(body)}"
        return
    yield from reader.problems(body["error"], stripe.ErrorObject, "error")


def _expansion(path: str, kind: Any) -> Iterator[str]:
    """Check that a path to expand leads through declared fields, four at most."""
    names = path.split(".")
    if len(names) > DEEPEST:
        yield f"expand {path}: deeper than {DEEPEST} levels"
    kinds = [kind]
    for name in names:
        kinds = [inner for each in kinds for inner in _below(each, name)]
    if not kinds:
        yield f"expand {path}: no such field"


def _below(kind: Any, name: str) -> Iterator[Any]:
    """List the types that a field of a type may have, through unions and pages."""
    if get_origin(kind) in {ListObject, SearchResultObject}:
        if name == "data":
            yield get_args(kind)[0]
    elif get_origin(kind) is UntypedStripeObject:  # its keys are free, such as currencies
        yield get_args(kind)[-1]
    elif get_args(kind):
        for each in get_args(kind):
            yield from _below(each, name)
    elif _is_object(kind) and name in annotations.fields(kind):
        yield annotations.fields(kind)[name]


def _is_object(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, stripe.StripeObject)
