"""The API's front: keys, parameters, idempotency and the form of every answer, and the portal's pages beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from email.utils import format_datetime
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.stripe import forms
from sandbox.stripe.account import Account, Exchange
from sandbox.stripe.api import (
    billing,
    checkout,
    coupons,
    customers,
    events,
    feedback_options,
    portal,
    portal_configurations,
    previews,
    schedules,
    subscriptions,
    webhook_endpoints,
)
from sandbox.stripe.api.endpoint import Endpoint
from sandbox.stripe.checkout_pages import routes as checkout_routes
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import API_VERSION, Json
from sandbox.stripe.parameters import read_all
from sandbox.stripe.portal.pages import routes as portal_routes
from sandbox.stripe.webhooks import as_json

ENDPOINTS: list[Endpoint] = [
    *billing.ENDPOINTS,
    *checkout.ENDPOINTS,
    *coupons.ENDPOINTS,
    *customers.ENDPOINTS,
    *events.ENDPOINTS,
    *feedback_options.ENDPOINTS,
    *portal.ENDPOINTS,
    *portal_configurations.ENDPOINTS,
    *previews.ENDPOINTS,
    *schedules.ENDPOINTS,
    *subscriptions.ENDPOINTS,
    *webhook_endpoints.ENDPOINTS,
]


class Answer(NamedTuple):
    """What goes back: status, body, and whether it is a repeat of what an idempotency key was told before."""

    status: int
    body: Json
    replayed: bool = False


def routes(account: Account) -> list[BaseRoute]:
    """Serve the account's API under `/v1`, and the pages of its portal and its Checkout beside it."""
    return [
        *(Route(endpoint.path, _serve(account, endpoint), methods=[endpoint.method]) for endpoint in ENDPOINTS),
        *portal_routes(account),
        *checkout_routes(account),
        Route("/v1/{rest:path}", _serve(account, None), methods=["GET", "POST", "DELETE"]),
    ]


def _serve(account: Account, endpoint: Endpoint | None) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        request_id = account.ledger.new_id("request")
        params: Json = {}
        try:
            sent = (await request.body()).decode() if request.method == "POST" else request.url.query
            params = forms.parse(sent)
            answer = await _answer(account, endpoint, request, params, request_id)
        except Refusal as refusal:
            answer = _refused(refusal)
        headers = {
            "Content-Type": "application/json",
            "Date": format_datetime(account.clock.now(), usegmt=True),
            "Request-Id": request_id,
            "Stripe-Version": request.headers.get("stripe-version", API_VERSION),
        }
        if key := request.headers.get("idempotency-key"):
            headers["Idempotency-Key"] = key
        if answer.replayed:
            headers["Idempotent-Replayed"] = "true"
        path = request.url.path[request.url.path.index("/v1") :]
        route = endpoint.path if endpoint else path
        exchange = Exchange(request.method, path, route, params, answer.status, answer.body, headers)
        for observer in account.observers:
            observer(exchange)
        return Response(as_json(answer.body), answer.status, headers)

    return serve


async def _answer(account: Account, endpoint: Endpoint | None, request: Request, sent: Json, request_id: str) -> Answer:
    if endpoint is None:
        raise Refusal(
            f"Unrecognized request URL ({request.method}: {request.url.path.removeprefix('/stripe')}). Please see "
            "https://stripe.com/docs or we can help at https://support.stripe.com/.",
            status=404,
        )
    account.access.require(request.headers.get("authorization", ""), endpoint.permission)
    params = read_all(sent, endpoint.known, endpoint.required)
    key = request.headers.get("idempotency-key") if request.method == "POST" else None
    if key is None:
        await asyncio.sleep(account.latency.total_seconds())
        return _carry_out(account, endpoint, request, params)
    before = account.idempotency.begin(key, (request.method, request.url.path, repr(sent)), account.ledger.now)
    if before is not None and before.status is not None and before.body is not None:
        return Answer(before.status, before.body, replayed=True)
    await asyncio.sleep(account.latency.total_seconds())
    with account.ledger.asked_by(request_id, key):
        answer = _carry_out(account, endpoint, request, params)
    account.idempotency.keep(key, answer.status, answer.body)
    return answer


def _carry_out(account: Account, endpoint: Endpoint, request: Request, params: Json) -> Answer:
    """Carry a valid request out; a refusal from here on is kept under an idempotency key like any other answer."""
    try:
        return Answer(200, endpoint.handle(account, dict(request.path_params), params))
    except Refusal as refusal:
        return _refused(refusal)


def _refused(refusal: Refusal) -> Answer:
    return Answer(refusal.status, {"error": refusal.error})
