"""Turn every failure of a call to Slack into one of the three that the flows know."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

from aiohttp import ClientConnectionError, ClientConnectorError, ClientError, ConnectionTimeoutError
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from flows.failures import Fault, Refused, Unavailable, Unclear

# Slack: "Common errors": some aspect of the operation may have succeeded.
_MAYBE = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable"})
_LATER = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded", "team_added_to_org"})
_GONE = frozenset({"message_not_found", "edit_window_closed", "cant_update_message"})
_FAULTS: dict[Fault, frozenset[str]] = {
    "message": frozenset({
        "invalid_blocks", "invalid_blocks_format", "invalid_metadata_format", "invalid_metadata_schema",
        "metadata_too_large", "msg_blocks_too_long", "msg_too_long", "no_text",
    }),
    "destination": frozenset({
        "as_user_not_supported", "cannot_dm_bot", "channel_not_found", "is_archived", "is_inactive", "not_in_channel",
        "posting_to_channel_denied", "restricted_action", "thread_not_found", "user_disabled", "user_not_found",
        "user_not_visible", *_GONE,
    }),
    "credential": frozenset({
        "access_denied", "account_inactive", "app_uninstalled", "ekm_access_denied", "enterprise_is_restricted",
        "invalid_auth", "missing_scope", "no_permission", "not_allowed_token_type", "not_authed", "org_login_required",
        "team_access_not_granted", "token_expired", "token_revoked", "two_factor_setup_required",
    }),
}  # fmt: skip
_SERVER_ERROR = 500
_TOO_MANY = 429


async def ask(call: Awaitable[AsyncSlackResponse]) -> dict[str, Any]:
    """Await an SDK call and return Slack's answer; raises Refused, Unavailable or Unclear only."""
    return (await ask_with_headers(call))[0]


async def ask_with_headers(call: Awaitable[AsyncSlackResponse]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Ask Slack as `ask` does, and return the answer's headers as well."""
    try:
        answer = await call
    except (SlackClientError, ClientError, OSError, AttributeError, ValueError) as error:
        # The SDK raises AttributeError for a 200 in plain text. OSError includes TimeoutError.
        raise classify(error) from error
    data = answer.data
    return (data if isinstance(data, dict) else {}), dict(answer.headers)


def classify(error: Exception) -> Refused | Unavailable | Unclear:
    """Return what a failed call means: Unclear unless it surely had no effect. The text never holds a body."""
    if isinstance(error, SlackApiError):
        return _answered(error.response)
    if isinstance(error, ClientConnectorError | ConnectionTimeoutError):
        return Unavailable("Slack could not be reached")
    if isinstance(error, TimeoutError):
        return Unclear("Slack did not answer in time")
    if isinstance(error, ClientConnectionError | OSError):
        return Unclear("the connection to Slack broke off")
    return Unclear("Slack's answer could not be read")


def _answered(response: Any) -> Refused | Unavailable | Unclear:
    """Classify an answer of Slack's; for truncated JSON the SDK passes on aiohttp's own response."""
    status = getattr(response, "status_code", None)
    data = getattr(response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    if status == _TOO_MANY or code in _LATER:
        return Unavailable("Slack asks us to slow down", retry_after=_retry_after(response))
    if status is None or status >= _SERVER_ERROR or not isinstance(code, str) or code in _MAYBE:
        return Unclear(f"Slack had a fault of its own ({code or status or 'unreadable answer'})")
    if code in _GONE:
        return Refused("the message is gone, or can no longer be edited", fault="destination", code="message_gone")
    return Refused(f"Slack refused: {code}", fault=_fault(code), code=code)


def _fault(code: str) -> Fault:
    if code.startswith("restricted_action"):
        return "destination"
    return next((fault for fault, codes in _FAULTS.items() if code in codes), "request")


def _retry_after(response: Any) -> timedelta | None:
    seconds = str((getattr(response, "headers", None) or {}).get("Retry-After", ""))
    return timedelta(seconds=int(seconds)) if seconds.isdecimal() else None
