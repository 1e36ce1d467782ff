"""How objects are shown: expansion of ids and hidden fields, and pages of lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sandbox.stripe.errors import Refusal, missing
from sandbox.stripe.ledger import Json, Ledger, first_page, hidden_below, hidden_in, strip_hidden

EXPANDABLE = {
    "charge": "charge",
    "configuration": "billing_portal.configuration",
    "coupon": "coupon",
    "customer": "customer",
    "default_payment_method": "payment_method",
    "default_price": "price",
    "discount": "discount",
    "discounts": "discount",
    "feedback_option": "billing.feedback_option",
    "feedback_options": "billing.feedback_option",
    "invoice": "invoice",
    "latest_charge": "charge",
    "latest_invoice": "invoice",
    "payment_intent": "payment_intent",
    "payment_method": "payment_method",
    "price": "price",
    "product": "product",
    "promotion_code": "promotion_code",
    "subscription": "subscription",
}
"""Fields that hold an id and may be expanded, with the kind of object behind them."""
DEPTH = 4  # Stripe: Expanding responses


def render(ledger: Ledger, obj: Json, expand: Iterable[str] = ()) -> Json:
    """Show an object with these paths expanded.

    Raises:
        Refusal: a path names nothing expandable, or goes deeper than four levels.
    """
    for path in expand:
        if path.count(".") >= DEPTH:
            raise Refusal(f"You cannot expand more than {DEPTH} levels of a property. Property: {path}", param="expand")
    shown: Json = _render(ledger, obj, [path.split(".") for path in expand])
    return shown


def page(ledger: Ledger, url: str, found: Sequence[Json], params: Json) -> Json:
    """Show one page of a list, newest first, by `limit`, `starting_after`, `ending_before` and `expand`.

    Raises:
        Refusal: the cursor is not in the list.
    """
    newest_first = list(reversed(found))
    limit = params.get("limit", 10)
    if "starting_after" in params:
        newest_first = newest_first[_index(newest_first, params["starting_after"], "starting_after") + 1 :]
    chosen = newest_first[:limit]
    has_more = len(newest_first) > limit
    if "ending_before" in params:
        before = newest_first[: _index(newest_first, params["ending_before"], "ending_before")]
        chosen, has_more = before[-limit:], len(before) > limit
    shown = {"object": "list", "data": chosen, "has_more": has_more, "url": url}
    return render(ledger, shown, params.get("expand", ()))


def within(moment: int, bounds: int | dict[str, int] | None) -> bool:
    """Return whether a moment lies in a range given as Stripe's lists take it."""
    if bounds is None or isinstance(bounds, int):
        return bounds is None or moment == bounds
    return (
        moment > bounds.get("gt", moment - 1)
        and moment >= bounds.get("gte", moment)
        and moment < bounds.get("lt", moment + 1)
        and moment <= bounds.get("lte", moment)
    )


def tombstone(kind: str, identifier: str) -> Json:
    """Show what is left of a deleted object."""
    return {"id": identifier, "object": kind, "deleted": True}


def _render(ledger: Ledger, value: Any, paths: Sequence[Sequence[str]], hidden: tuple[str, ...] = ()) -> Any:
    """Show a value; `hidden` are the paths in it that an object around it shows on `expand` only."""
    if not paths or value is None or (isinstance(value, dict) and value.get("deleted")):
        return strip_hidden(value, hidden)
    if isinstance(value, list):
        return [_render(ledger, each, paths) for each in value]
    value = first_page(value)
    hidden += hidden_in(value)
    shown = {key: child for key, child in value.items() if key not in hidden}
    tails: dict[str, list[Sequence[str]]] = {}
    for head, *tail in paths:
        tails.setdefault(head, []).append(tail)
    for key in shown.keys() | tails.keys():
        below = hidden_below(hidden, key)
        if key not in tails:
            shown[key] = strip_hidden(shown[key], below)
        else:
            shown[key] = _render(ledger, _opened(ledger, value, key), [tail for tail in tails[key] if tail], below)
    return shown


def _opened(ledger: Ledger, owner: Json, key: str) -> Any:
    """Fetch what stands behind a field: the object of an id, a hidden field, or the hash itself."""
    if key in hidden_in(owner):
        return _hidden(ledger, owner, key)
    if key not in owner:
        raise Refusal(f"This property cannot be expanded ({key}).", param="expand")
    value = owner[key]
    if key in EXPANDABLE and isinstance(value, str):
        return _by_id(ledger, EXPANDABLE[key], value)
    if key in EXPANDABLE and isinstance(value, list):
        return [_by_id(ledger, EXPANDABLE[key], each) if isinstance(each, str) else each for each in value]
    if isinstance(value, (str, int)):
        raise Refusal(f"This property cannot be expanded ({key}).", param="expand")
    return value


def _by_id(ledger: Ledger, kind: str, identifier: str) -> Json:
    if identifier in ledger.deleted and kind != "coupon":  # ASSUMED[deleted-coupons]: there whole
        return tombstone(kind, identifier)
    return ledger.get(kind, identifier)


def _hidden(ledger: Ledger, owner: Json, key: str) -> Any:
    identifier = owner["id"]
    if key == "subscriptions":
        running = [
            each
            for each in ledger.all("subscription", customer=identifier)
            if each["status"] not in {"canceled", "incomplete_expired"}
        ]
        return _list(running, f"/v1/customers/{identifier}/subscriptions")
    if key == "refunds":
        return _list(ledger.all("refund", charge=identifier), f"/v1/charges/{identifier}/refunds")
    if key in {"sources", "tax_ids"}:
        return _list([], f"/v1/customers/{identifier}/{key}")
    return owner.get(key)


def _list(data: list[Json], url: str) -> Json:
    return {"object": "list", "data": list(reversed(data)), "has_more": False, "url": url}


def _index(found: Sequence[Json], identifier: str, param: str) -> int:
    for index, obj in enumerate(found):
        if obj["id"] == identifier:
            return index
    raise missing("object", identifier, param=param)
