"""Check the Slack workspace before the start: the token, its scopes and the channels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.channel_state import channel_faults
from bot.slack.errors import ask, ask_with_headers
from bot.slack.manifest import SCOPES
from domain.ids import ChannelId
from flows.failures import CALL_FAILURES, Refused, Unavailable, Unclear
from flows.health import TRIED_AGAIN, Check

_INSTALL = "Print the manifest again with `winback manifest`, paste it into the app's settings and reinstall the app."


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """The workspace of the app, and whether its cancellations channel is private."""

    team_id: str
    private: bool


async def check_slack(
    client: AsyncWebClient,
    *,
    app_token: str | None,
    cancellations: ChannelId,
    approvals: ChannelId | None,
    alerts: ChannelId | None,
) -> tuple[tuple[Check, ...], Workspace | None]:
    """Check everything that the bot needs of Slack; the workspace is None if it can't work at all. Never raises."""
    try:
        answer, headers = await ask_with_headers(client.auth_test())
    except CALL_FAILURES as fault:
        return (_failed("Slack: bot token", fault, fix="Look at SLACK_BOT_TOKEN."),), None
    checks = [Check(name="Slack: bot token", ok=True, sentence="Slack knows it.")]
    checks.append(_scopes(headers))
    if app_token is not None:
        checks.append(await _socket(client, app_token))
    line, found = await _channel(client, cancellations, "cancellations", must_be_private=False)
    checks.append(line)
    if approvals is not None:
        checks.append((await _channel(client, approvals, "approvals", must_be_private=True))[0])
    if alerts is not None:
        checks.append((await _channel(client, alerts, "alerts", must_be_private=False))[0])
    if found is None:
        return tuple(checks), None
    if line.ok:
        checks.append(await _history(client, cancellations))
    return tuple(checks), Workspace(team_id=str(answer["team_id"]), private=bool(found.get("is_private")))


def _scopes(headers: Mapping[str, Any]) -> Check:
    """Check the scopes that Slack says it granted; without its header nothing is known, which keeps nobody waiting."""
    name = "Slack: scopes"
    listed = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), None)
    if listed is None:
        sentence = "Slack did not say which scopes the token has."
        fix = "If a proxy stands between, let the header x-oauth-scopes through. A missing scope shows when it is used."
        return Check(name=name, ok=False, sentence=sentence, fix=fix, needed=False)
    missing = sorted(set(SCOPES) - {scope.strip() for scope in str(listed).split(",")})
    if missing:
        return Check(name=name, ok=False, sentence=f"Missing: {', '.join(missing)}.", fix=_INSTALL)
    return Check(name=name, ok=True, sentence=f"All {len(SCOPES)} are granted.")


async def _socket(client: AsyncWebClient, app_token: str) -> Check:
    try:
        await ask(client.apps_connections_open(app_token=app_token))
    except CALL_FAILURES as fault:
        fix = "Make an app-level token with the scope connections:write and set SLACK_APP_TOKEN."
        return _failed("Slack: Socket Mode", fault, fix=fix)
    return Check(name="Slack: Socket Mode", ok=True, sentence="A connection can be opened.")


async def _channel(
    client: AsyncWebClient, channel: ChannelId, what: str, *, must_be_private: bool
) -> tuple[Check, dict[str, Any] | None]:
    """Check that the bot is in a channel, and that the channel isn't shared and is private if it must be."""
    name = f"Slack: {what} channel"
    try:
        answer = await ask(client.conversations_info(channel=channel))
    except CALL_FAILURES as fault:
        fix = "Look at the channel's id, and invite the bot into the channel."
        return _failed(name, fault, fix=fix), None
    found: dict[str, Any] = answer["channel"]
    faults = channel_faults(found, must_be_private=must_be_private)
    kind = "private" if found.get("is_private") else "public"
    check = Check(
        name=name,
        ok=not faults,
        sentence=" ".join(fault.sentence for fault in faults) or f"The bot is in it; it is {kind} and not shared.",
        fix=" ".join(dict.fromkeys(fault.fix for fault in faults)),
    )
    return check, found


def _failed(name: str, fault: Refused | Unavailable | Unclear, *, fix: str) -> Check:
    """Return the check of something that Slack refused, or didn't answer: then the settings may be right."""
    sentence = f"{fault.why[0].upper()}{fault.why[1:].rstrip('.')}."
    if isinstance(fault, Refused):
        return Check(name=name, ok=False, sentence=sentence, fix=fix)
    return Check(name=name, ok=False, sentence=sentence, fix=TRIED_AGAIN, needed=False, away=True)


async def _history(client: AsyncWebClient, channel: ChannelId) -> Check:
    """Check the history, which shows after a lost connection whether a message arrived."""
    name = "Slack: history"
    try:
        await ask(client.conversations_history(channel=channel, limit=1, include_all_metadata=True))
    except CALL_FAILURES as fault:
        return _failed(name, fault, fix=_INSTALL)
    return Check(name=name, ok=True, sentence="It can be read, so that no message is posted twice.")
