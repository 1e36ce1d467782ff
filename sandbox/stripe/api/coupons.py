"""Endpoints of what takes money off: coupons and the promotion codes that bring them."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.stripe import views
from sandbox.stripe.account import Account
from sandbox.stripe.api.endpoint import Endpoint, Handler, listing, retrieve
from sandbox.stripe.ledger import Json
from sandbox.stripe.parameters import (
    EXPAND,
    RANGE,
    array,
    boolean,
    filled,
    hash_by_key,
    hash_of,
    integer,
    metadata,
    number,
    one_of,
    positive,
    short,
)

COUPON = {
    "amount_off": positive,
    "applies_to": hash_of({"products": array(filled)}),
    "currency": filled,
    "currency_options": hash_by_key(hash_of({"amount_off": positive}, required=("amount_off",))),
    "duration": one_of("forever", "once", "repeating"),
    "duration_in_months": positive,
    "id": filled,
    "max_redemptions": positive,
    "metadata": metadata,
    "name": short(40),
    "percent_off": number,
    "redeem_by": integer,
} | EXPAND
CODE = {
    "active": boolean,
    "code": short(500),
    "customer": filled,
    "expires_at": integer,
    "max_redemptions": positive,
    "metadata": metadata,
    "promotion": hash_of({"coupon": filled, "type": one_of("coupon")}, required=("type", "coupon")),
    "restrictions": hash_of(
        {"first_time_transaction": boolean, "minimum_amount": positive, "minimum_amount_currency": filled}
    ),
} | EXPAND


def _making(make: Callable[[Account, Json], Json]) -> Handler:
    def handle(account: Account, ids: dict[str, str], params: Json) -> Json:
        expand = params.pop("expand", ())
        return views.render(account.ledger, make(account, params), expand)

    return handle


def _update(account: Account, ids: dict[str, str], params: Json) -> Json:
    expand = params.pop("expand", ())
    code = account.promotion_codes.update(account.ledger.get("promotion_code", ids["id"]), params)
    return views.render(account.ledger, code, expand)


def _keep(account: Account, code: Json, params: Json) -> bool:
    return bool(
        str(params.get("code", code["code"])).casefold() == code["code"].casefold()
        and params.get("coupon", code["promotion"]["coupon"]) == code["promotion"]["coupon"]
    )


ENDPOINTS = [
    listing("coupon", "/v1/coupons", "rak_coupon_read", {"created": RANGE}),
    Endpoint("POST", "/v1/coupons", "rak_coupon_write", _making(lambda a, params: a.coupons.create(params)), COUPON),
    retrieve("coupon", "/v1/coupons", "rak_coupon_read"),
    listing(
        "promotion_code",
        "/v1/promotion_codes",
        "rak_promotion_code_read",
        {"active": boolean, "created": RANGE, "customer": filled},
        others={"code": filled, "coupon": filled},
        keep=_keep,
    ),
    Endpoint(
        "POST",
        "/v1/promotion_codes",
        "rak_promotion_code_write",
        _making(lambda a, params: a.promotion_codes.create(params)),
        CODE,
        required=("promotion",),
    ),
    retrieve("promotion_code", "/v1/promotion_codes", "rak_promotion_code_read"),
    Endpoint(
        "POST",
        "/v1/promotion_codes/{id}",
        "rak_promotion_code_write",
        _update,
        {"active": boolean, "metadata": metadata} | EXPAND,
    ),
]
