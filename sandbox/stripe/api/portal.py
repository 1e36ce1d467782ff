"""Endpoints of portal sessions and of the account itself."""

from __future__ import annotations

from sandbox.stripe import views
from sandbox.stripe.access import ACCOUNT_ID
from sandbox.stripe.account import Account
from sandbox.stripe.api.endpoint import Endpoint
from sandbox.stripe.ledger import Json
from sandbox.stripe.parameters import EXPAND, filled, hash_of, integer, one_of, text
from sandbox.stripe.portal.configuration import FEATURE_OF_FLOW

LOCALES = (  # noqa: SIM905  # forty-seven lines otherwise
    "auto bg cs da de el en en-AU en-CA en-GB en-IE en-IN en-NZ en-SG es es-419 et fi fil fr fr-CA hr hu id it ja ko "
    "lt lv ms mt nb nl pl pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW"
).split()
_SUBSCRIPTION = hash_of({"subscription": filled}, required=("subscription",))
FLOW = hash_of(
    {
        "after_completion": hash_of(
            {
                "hosted_confirmation": hash_of({"custom_message": text}),
                "redirect": hash_of({"return_url": filled}, required=("return_url",)),
                "type": one_of("hosted_confirmation", "portal_homepage", "redirect"),
            },
            required=("type",),
        ),
        "subscription_cancel": _SUBSCRIPTION,
        "subscription_pause": _SUBSCRIPTION,
        "subscription_update": _SUBSCRIPTION,
        "type": one_of(*FEATURE_OF_FLOW),
    },
    required=("type",),
)


def _create_session(account: Account, ids: dict[str, str], params: Json) -> Json:
    session = account.portal.create_session(params)
    return views.render(account.ledger, session, params.get("expand", ()))


def _account(account: Account, ids: dict[str, str], params: Json) -> Json:
    return {
        "id": ACCOUNT_ID,
        "object": "account",
        "business_profile": {
            "annual_revenue": None,
            "estimated_worker_count": None,
            "mcc": None,
            "minority_owned_business_designation": None,
            "name": "Northwind",
            "support_address": None,
            "support_email": None,
            "support_phone": None,
            "support_url": None,
            "url": None,
        },
        "charges_enabled": True,
        "country": "US",
        "default_currency": "usd",
        "details_submitted": True,
        "email": None,
        "payouts_enabled": True,
        "type": "standard",
    }


def _balance(account: Account, ids: dict[str, str], params: Json) -> Json:
    nothing = [{"amount": 0, "currency": "usd", "source_types": {"card": 0}}]
    return {"object": "balance", "available": nothing, "livemode": account.ledger.livemode, "pending": nothing}


def _tax_settings(account: Account, ids: dict[str, str], params: Json) -> Json:
    return account.ledger.tax_settings


ENDPOINTS = [
    Endpoint("GET", "/v1/tax/settings", "rak_tax_settings_read", _tax_settings, EXPAND),
    Endpoint("GET", "/v1/account", "rak_accounts_kyc_basic_read", _account, EXPAND),
    Endpoint("GET", "/v1/balance", "rak_balance_read", _balance, EXPAND),
    Endpoint(
        "POST",
        "/v1/billing_portal/sessions",
        "rak_customer_portal_write",
        _create_session,
        {
            "after_expiration": hash_of(
                {"customer_login": hash_of({"expires_at": integer}), "type": one_of("customer_login")},
                required=("type",),
            ),
            "configuration": filled,
            "customer": filled,
            "flow_data": FLOW,
            "locale": one_of(*LOCALES),
            "return_url": filled,
        }
        | EXPAND,
    ),
]
