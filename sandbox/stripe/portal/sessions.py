"""Portal sessions: made by the API or by a customer who is logged in, opened once by whoever holds the link."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sandbox.stripe.errors import Refusal, missing
from sandbox.stripe.ledger import OVER, Json, Ledger
from sandbox.stripe.portal.configuration import FEATURE_OF_FLOW, default_configuration, feedback_option

UNVISITED_FOR = 5 * 60
"""Seconds in which a link must be opened."""
HASHES = (
    "customer_update",
    "subscription_cancel",
    "subscription_pause",
    "subscription_update",
    "subscription_update_confirm",
)
"""The parts of a session's flow of which its type fills at most one."""
IDLE_FOR = 60 * 60
"""Seconds without a click after which an opened session ends."""


@dataclass
class Visit:
    """One session as the portal's pages know it; times are Unix seconds."""

    token: str
    session: Json
    seen_at: int
    opened: bool = False


class Portal:
    """The portal of the account; `base_url` is where its pages are served."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._visits: dict[str, Visit] = {}
        self.base_url = ""
        self.configuration = ledger.add(default_configuration(ledger))

    def create_session(self, params: dict[str, Any]) -> Json:
        """Make a session as the API does; a customer without any live subscription is not refused.

        Raises:
            Refusal: no such customer, configuration or subscription, or a flow that cannot be opened.
        """
        ledger = self._ledger
        identifier = params.get("customer")
        if identifier is None:
            raise Refusal(
                "You must provide one of customer or customer_account.", code="parameter_missing", param="customer"
            )
        customer = ledger.get("customer", identifier, param="customer")
        configuration = self.configuration
        if "configuration" in params:
            configuration = ledger.get("billing_portal.configuration", params["configuration"], param="configuration")
        if not configuration["active"]:
            raise Refusal("The configuration is inactive.", param="configuration")
        flow = self._flow(customer, configuration, params["flow_data"]) if "flow_data" in params else None
        token = secrets.token_urlsafe(24)
        after = params.get("after_expiration")
        session = ledger.add(
            {
                "id": ledger.new_id("billing_portal.session"),
                "object": "billing_portal.session",
                "after_expiration": after
                and {"customer_login": {"expires_at": None} | after.get("customer_login", {}), "type": after["type"]},
                "configuration": configuration["id"],
                "created": ledger.now,
                "customer": customer["id"],
                "customer_account": None,
                "flow": flow,
                "livemode": ledger.livemode,
                "locale": params.get("locale"),
                "on_behalf_of": None,
                "return_url": params.get("return_url") or configuration["default_return_url"],
                "url": f"{self.base_url}/{token}",
            },
            event="billing_portal.session.created",
        )
        self._visits[token] = Visit(token, session, ledger.now)
        return session

    def open_as(self, customer_id: str) -> str:
        """Log in as a customer: a fresh session's address."""
        url: str = self.create_session({"customer": customer_id})["url"]
        return url

    def find(self, token: str) -> Visit | None:
        """Find a session by its link, expired or not."""
        return self._visits.get(token)

    def visit(self, token: str) -> Visit | None:
        """Open a session's page, or nothing if it has expired; each click gives it another hour."""
        visit = self._visits.get(token)
        if visit is None or visit.seen_at + (IDLE_FOR if visit.opened else UNVISITED_FOR) <= self._ledger.now:
            return None
        visit.opened = True
        visit.seen_at = self._ledger.now
        return visit

    def recover(self, token: str, email: str) -> Visit | None:
        """Replace an expired session for a customer who proves the address on file; Stripe asks for a mailed code."""
        visit = self._visits.get(token)
        after = visit and visit.session["after_expiration"]
        if visit is None or not after:
            return None
        customer = self._ledger.objects["customer"].get(visit.session["customer"])
        expires_at = after["customer_login"]["expires_at"]
        if (
            customer is None
            or customer["email"] != email
            or (expires_at is not None and expires_at <= self._ledger.now)
        ):
            return None
        kept = {key: visit.session[key] for key in ("customer", "configuration", "after_expiration")}
        session = self.create_session(kept | {"return_url": visit.session["return_url"]})
        return self._visits[session["url"].rpartition("/")[2]]

    def add_reason(self, description: str) -> Json:
        """Offer one more reason, in the company's own words, when a customer cancels."""
        option = self._ledger.add(feedback_option(self._ledger, description))
        reasons = self.configuration["features"]["subscription_cancel"]["cancellation_reason"]
        reasons["feedback_options"].append(option["id"])
        return option

    def _flow(self, customer: Json, configuration: Json, asked: dict[str, Any]) -> Json:
        kind = asked["type"]
        feature = FEATURE_OF_FLOW[kind]
        if not configuration["features"][feature]["enabled"]:
            name = feature.replace("_", " ")
            raise Refusal(
                f"This flow cannot be opened because the {name} feature in your portal configuration is disabled.",
                param="flow_data[type]",
            )
        if kind.startswith("subscription_"):
            if kind not in asked:
                raise Refusal(
                    f"Missing required param: flow_data[{kind}].", code="parameter_missing", param=f"flow_data[{kind}]"
                )
            self._require_open(customer, asked[kind]["subscription"], kind)
        after = asked.get("after_completion", {"type": "portal_homepage"})
        flow: Json = dict.fromkeys(HASHES) | {
            "after_completion": {"hosted_confirmation": None, "redirect": None} | after,
            "type": kind,
        }
        if kind == "customer_update":
            flow[kind] = {}
        elif kind == "subscription_cancel":
            flow[kind] = {"retention": None} | asked[kind]
        elif kind in HASHES:
            flow[kind] = asked[kind]
        return flow

    def _require_open(self, customer: Json, identifier: str, kind: str) -> None:
        param = f"flow_data[{kind}][subscription]"
        subscription = self._ledger.get("subscription", identifier, param=param)
        if subscription["customer"] != customer["id"]:
            raise missing("subscription", identifier, param=param)
        if subscription["status"] in OVER:
            raise Refusal(f"The subscription {identifier} has ended and cannot be changed in the portal.", param=param)
        if kind == "subscription_cancel" and subscription["cancel_at"] is not None:
            raise Refusal(f"The subscription {identifier} is already set to be canceled.", param=param)
