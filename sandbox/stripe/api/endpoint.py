"""What an endpoint is, and the two kinds that most are: retrieve by id, and list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.stripe import views
from sandbox.stripe.account import Account
from sandbox.stripe.errors import missing
from sandbox.stripe.ledger import Json
from sandbox.stripe.parameters import EXPAND, PAGE, Reader

Handler = Callable[[Account, dict[str, str], Json], Json]
"""Takes the account, the ids of the path and the parameters; hands back the body of a 200."""


@dataclass(frozen=True)
class Endpoint:
    """One method of one path, the permission it needs and the parameters it takes."""

    method: str
    path: str
    permission: str
    handle: Handler
    known: Mapping[str, Reader] = field(default_factory=dict)
    required: tuple[str, ...] = ()


def retrieve(kind: str, path: str, permission: str) -> Endpoint:
    """Answer with one object, by the id in the path."""

    def handle(account: Account, ids: dict[str, str], params: Json) -> Json:
        if ids["id"] in account.ledger.deleted:
            raise missing(kind, ids["id"], param="id")
        obj = account.ledger.get(kind, ids["id"])
        return views.render(account.ledger, obj, params.get("expand", ()))

    return Endpoint("GET", f"{path}/{{id}}", permission, handle, EXPAND)


def listing(
    kind: str,
    path: str,
    permission: str,
    fields: Mapping[str, Reader],
    *,
    others: Mapping[str, Reader] | None = None,
    keep: Callable[[Account, Json, Json], bool] | None = None,
) -> Endpoint:
    """Answer with a page of objects, newest first.

    A parameter of `fields` wants the object's field to be equal, or `created` within its range; over those of `others`
    it is `keep` that decides.
    """

    def handle(account: Account, ids: dict[str, str], params: Json) -> Json:
        found = [
            obj
            for obj in account.ledger.objects[kind].values()
            if all(_equal(obj, name, params[name]) for name in fields.keys() & params.keys())
            and (keep is None or keep(account, obj, params))
        ]
        return views.page(account.ledger, path, found, params)

    return Endpoint("GET", path, permission, handle, {**fields, **(others or {}), **PAGE})


def _equal(obj: Json, name: str, wanted: Any) -> bool:
    return views.within(obj["created"], wanted) if name == "created" else bool(obj[name] == wanted)
