"""Endpoints of customers and their cards."""

from __future__ import annotations

from sandbox.stripe import views
from sandbox.stripe.account import Account
from sandbox.stripe.api.endpoint import Endpoint, listing, retrieve
from sandbox.stripe.customers import ADDRESS
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import Json
from sandbox.stripe.parameters import EXPAND, PAGE, RANGE, array, filled, hash_of, metadata, page_size, text

NEW = {"email": text, "metadata": metadata, "name": text, "preferred_locales": array(text)}
CHANGED = NEW | {"address": hash_of(dict.fromkeys(ADDRESS, text)), "description": text, "phone": text}


def _create(account: Account, ids: dict[str, str], params: Json) -> Json:
    expand = params.pop("expand", ())
    return views.render(account.ledger, account.create_customer(**params), expand)


def _retrieve(account: Account, ids: dict[str, str], params: Json) -> Json:
    if ids["id"] in account.ledger.deleted:
        return views.tombstone("customer", ids["id"])
    return views.render(account.ledger, account.ledger.get("customer", ids["id"]), params.get("expand", ()))


def _update(account: Account, ids: dict[str, str], params: Json) -> Json:
    expand = params.pop("expand", ())
    customer = account.customers.update(account.ledger.get("customer", ids["id"]), params)
    return views.render(account.ledger, customer, expand)


def _delete(account: Account, ids: dict[str, str], params: Json) -> Json:
    account.delete_customer(account.ledger.get("customer", ids["id"]))
    return views.tombstone("customer", ids["id"])


def _search(account: Account, ids: dict[str, str], params: Json) -> Json:
    found = list(reversed(account.search.find(params["query"])))
    if not params.setdefault("page", "0").isdigit():
        raise Refusal("Invalid page token.", param="page")
    start = int(params["page"])
    end = start + params.get("limit", 10)
    shown: Json = {
        "object": "search_result",
        "data": found[start:end],
        "has_more": end < len(found),
        "next_page": str(end) if end < len(found) else None,
        "url": "/v1/customers/search",
    }
    return views.render(account.ledger, shown, params.get("expand", ()))


def _detach(account: Account, ids: dict[str, str], params: Json) -> Json:
    method = account.cards.detach(account.ledger.get("payment_method", ids["id"]))
    return views.render(account.ledger, method, params.get("expand", ()))


def _attach(account: Account, ids: dict[str, str], params: Json) -> Json:
    customer = account.ledger.get("customer", params["customer"], param="customer")
    method = account.cards.attach_by_id(ids["id"], customer)
    return views.render(account.ledger, method, params.get("expand", ()))


def _methods_of(account: Account, ids: dict[str, str], params: Json) -> Json:
    customer = account.ledger.get("customer", ids["id"])
    found = account.ledger.all("payment_method", customer=customer["id"])
    kept = [each for each in found if params.get("type") in {None, each["type"]}]
    return views.page(account.ledger, f"/v1/customers/{customer['id']}/payment_methods", kept, params)


ENDPOINTS = [
    Endpoint(
        "GET",
        "/v1/customers/search",
        "rak_customer_read",
        _search,
        {"query": filled, "limit": page_size, "page": filled} | EXPAND,
        required=("query",),
    ),
    listing("customer", "/v1/customers", "rak_customer_read", {"email": text, "created": RANGE}),
    Endpoint("POST", "/v1/customers", "rak_customer_write", _create, NEW | EXPAND),
    Endpoint("GET", "/v1/customers/{id}", "rak_customer_read", _retrieve, EXPAND),
    Endpoint("POST", "/v1/customers/{id}", "rak_customer_write", _update, CHANGED | EXPAND),
    Endpoint("DELETE", "/v1/customers/{id}", "rak_customer_write", _delete),
    listing("payment_method", "/v1/payment_methods", "rak_payment_method_read", {"customer": filled, "type": filled}),
    retrieve("payment_method", "/v1/payment_methods", "rak_payment_method_read"),
    Endpoint(
        "GET", "/v1/customers/{id}/payment_methods", "rak_payment_method_read", _methods_of, {"type": filled} | PAGE
    ),
    Endpoint(
        "POST",
        "/v1/payment_methods/{id}/attach",
        "rak_payment_method_write",
        _attach,
        {"customer": filled} | EXPAND,
        required=("customer",),
    ),
    Endpoint("POST", "/v1/payment_methods/{id}/detach", "rak_payment_method_write", _detach, EXPAND),
]
