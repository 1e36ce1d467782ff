"""The workspace's HTTP side: the Web API, the Socket Mode endpoint and the response URLs, as routes to be mounted."""

import json
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from sandbox.slack import answers, chat, conversations, directory, surfaces
from sandbox.slack.call import Call, Method
from sandbox.slack.journal import Exchange
from sandbox.slack.limits import TIER_3
from sandbox.slack.refusal import Refusal
from sandbox.slack.workspace import Workspace

HTTP_NOT_FOUND = 404


def open_connection(call: Call) -> dict[str, Any]:
    """Answer `apps.connections.open` with a WebSocket address that works once."""
    workspace = call.workspace
    base = workspace.base_url.replace("http", "ws", 1)
    app_id = workspace.installation.app_id
    return {"url": f"{base}/socket?ticket={workspace.deliveries.sockets.ticket()}&app_id={app_id}"}


APP_METHODS = {"apps.connections.open": Method(answer=open_connection, tier=TIER_3)}
BOT_METHODS = {**chat.METHODS, **conversations.METHODS, **directory.METHODS, **surfaces.METHODS}


def routes(workspace: Workspace) -> list[BaseRoute]:
    """Return the routes `/api/{method}`, `/socket` and `/response/{token}`; the workspace's `base_url` is the root."""

    async def api(request: Request) -> Response:
        name = request.path_params["method"]
        arguments: dict[str, Any] = {}
        try:
            arguments = await _arguments(request)
            method = _method(workspace, name, request.headers.get("authorization", ""))
            if method.tier:
                workspace.limits.call(name, method.tier)
            call = Call(workspace=workspace, arguments=arguments)
            if method.scope:
                call.needs(method.scope)
            status, body, headers = 200, {"ok": True} | method.answer(call), {}
        except Refusal as refused:
            status, body, headers = refused.status, refused.body, _retry_after(refused)
        _record(workspace, name, arguments, status, body)
        scopes = ",".join(sorted(workspace.installation.scopes))
        return JSONResponse(body, status, headers | {"x-oauth-scopes": scopes})

    async def response(request: Request) -> Response:
        answer: dict[str, Any] = {}
        try:
            permit = workspace.response_urls.use(request.path_params["token"])
            answer = await _arguments(request)
            answers.respond(workspace, permit, answer)
        except Refusal as refused:
            _record(workspace, "response_url", answer, HTTP_NOT_FOUND, refused.body)
            return JSONResponse(refused.body, HTTP_NOT_FOUND)
        _record(workspace, "response_url", answer, 200, {"ok": True})
        return PlainTextResponse("ok")

    async def socket(websocket: WebSocket) -> None:
        await workspace.deliveries.sockets.serve(websocket, app_id=workspace.installation.app_id)

    return [
        Route("/api/{method}", api, methods=["GET", "POST"]),
        Route("/response/{token}", response, methods=["POST"]),
        WebSocketRoute("/socket", socket),
    ]


def _method(workspace: Workspace, name: str, authorization: str) -> Method:
    """Return the method, once the token is one that may call it; raises Refusal."""
    installation = workspace.installation
    token = authorization.removeprefix("Bearer ").strip()
    method = BOT_METHODS.get(name) or APP_METHODS.get(name)
    if method is None:
        raise Refusal("unknown_method", req_method=name)
    if not token:
        raise Refusal("not_authed")
    if token not in {installation.bot_token, installation.app_token}:
        raise Refusal("invalid_auth")
    if (token == installation.app_token) != (name in APP_METHODS):
        raise Refusal("not_allowed_token_type")
    if token == installation.bot_token and installation.token_fault:
        raise Refusal(installation.token_fault)
    return method


async def _arguments(request: Request) -> dict[str, Any]:
    """Return the query, form or JSON body that was sent; raises Refusal `invalid_json` or `json_not_object`."""
    arguments: dict[str, Any] = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        raw = await request.body()
        try:
            decoded = json.loads(raw) if raw else {}
        except ValueError:
            raise Refusal("invalid_json") from None
        if not isinstance(decoded, dict):
            raise Refusal("json_not_object")
        return arguments | decoded
    return arguments | dict((await request.form()).items())


def _record(workspace: Workspace, method: str, arguments: dict[str, Any], status: int, body: dict[str, Any]) -> None:
    workspace.journal.append(Exchange(method=method, arguments=arguments, status=status, body=body, at=time.time()))
    workspace.touch()


def _retry_after(refused: Refusal) -> dict[str, str]:
    return {} if refused.retry_after is None else {"Retry-After": str(refused.retry_after)}
