"""Endpoints of feedback options: reasons to cancel in the company's own words."""

from __future__ import annotations

from sandbox.stripe import views
from sandbox.stripe.account import Account
from sandbox.stripe.api.endpoint import Endpoint, listing, retrieve
from sandbox.stripe.ledger import Json
from sandbox.stripe.parameters import EXPAND, at_most, one_of
from sandbox.stripe.portal.configuration import feedback_option

PATH = "/v1/billing/feedback_options"
DESCRIPTION = {"description": at_most(100)}  # Stripe: Create a feedback option, "Maximum 100 characters"


def _create(account: Account, ids: dict[str, str], params: Json) -> Json:
    option = account.ledger.add(feedback_option(account.ledger, params["description"]))
    return views.render(account.ledger, option, params.get("expand", ()))


def _update(account: Account, ids: dict[str, str], params: Json) -> Json:
    option = account.ledger.get("billing.feedback_option", ids["id"])
    option["description"] = params.get("description", option["description"])
    return views.render(account.ledger, option, params.get("expand", ()))


def _deactivate(account: Account, ids: dict[str, str], params: Json) -> Json:
    option = account.ledger.get("billing.feedback_option", ids["id"])
    if option["status"] == "active":
        option |= {"status": "inactive", "status_transitions": {"deactivated_at": account.ledger.now}}
    return views.render(account.ledger, option, params.get("expand", ()))


ENDPOINTS = [
    listing("billing.feedback_option", PATH, "rak_customer_portal_read", {"status": one_of("active", "inactive")}),
    Endpoint("POST", PATH, "rak_customer_portal_write", _create, DESCRIPTION | EXPAND, required=("description",)),
    retrieve("billing.feedback_option", PATH, "rak_customer_portal_read"),
    Endpoint("POST", f"{PATH}/{{id}}", "rak_customer_portal_write", _update, DESCRIPTION | EXPAND),
    Endpoint("POST", f"{PATH}/{{id}}/deactivate", "rak_customer_portal_write", _deactivate, EXPAND),
]
