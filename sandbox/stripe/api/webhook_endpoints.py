"""Endpoints of webhook endpoints: who is told of events, each at an API version of its own."""

from __future__ import annotations

import re
from typing import Any

from sandbox.stripe import views
from sandbox.stripe.account import Account
from sandbox.stripe.api.endpoint import Endpoint, listing, retrieve
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import Json
from sandbox.stripe.parameters import EXPAND, array, boolean, filled, metadata, text, url

PATH = "/v1/webhook_endpoints"
MOST = 16  # ASSUMED[endpoints-at-most]: Stripe: Webhooks, "up to 16 event destinations"


def _version(value: Any, name: str) -> str:
    if not re.fullmatch(r"20\d\d-\d\d-\d\d(\.[a-z]+)?", filled(value, name)):  # the SDK's literals all look like this
        raise Refusal(f"Invalid API version: {value}", param=name)
    return str(value)


def _types(value: Any, name: str) -> list[str]:
    types: list[str] = array(filled)(value, name)
    if not types:
        raise Refusal("You must pass at least one event type.", param=name)
    return types


SHOWN = {"description": text, "enabled_events": _types, "metadata": metadata, "url": url}


def _create(account: Account, ids: dict[str, str], params: Json) -> Json:
    expand = params.pop("expand", ())
    if len(account.ledger.objects["webhook_endpoint"]) >= MOST:
        raise Refusal(f"You have reached the maximum of {MOST} webhook endpoints.")
    secret = "whsec_" + account.ledger.new_id("webhook_endpoint").removeprefix("we_")
    details = {"api_version": None} | {name: params[name] for name in params.keys() & {"api_version", "description"}}
    made = account.webhooks.add(
        params["url"], secret, enabled_events=params["enabled_events"], metadata=params.get("metadata", {}), **details
    )
    return views.render(account.ledger, made.shown, expand) | {"secret": secret}  # SDK: "Only returned at creation"


def _update(account: Account, ids: dict[str, str], params: Json) -> Json:
    expand = params.pop("expand", ())
    shown = account.webhooks.by_id(ids["id"]).shown
    if "disabled" in params:
        shown["status"] = "disabled" if params.pop("disabled") else "enabled"
    shown.update(params)
    return views.render(account.ledger, shown, expand)


def _delete(account: Account, ids: dict[str, str], params: Json) -> Json:
    account.webhooks.remove(account.webhooks.by_id(ids["id"]))
    return views.tombstone("webhook_endpoint", ids["id"])


ENDPOINTS = [
    listing("webhook_endpoint", PATH, "rak_webhook_read", {}),
    Endpoint(
        "POST",
        PATH,
        "rak_webhook_write",
        _create,
        {**SHOWN, "api_version": _version, "connect": boolean, **EXPAND},
        required=("enabled_events", "url"),
    ),
    retrieve("webhook_endpoint", PATH, "rak_webhook_read"),
    Endpoint("POST", f"{PATH}/{{id}}", "rak_webhook_write", _update, {**SHOWN, "disabled": boolean, **EXPAND}),
    Endpoint("DELETE", f"{PATH}/{{id}}", "rak_webhook_write", _delete),
]
