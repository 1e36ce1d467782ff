"""The faults of the settings, each with the variable, what is wrong and an example, but never the value."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError


class SettingsError(Exception):
    """The settings can't be used; `faults` lists every variable with what is wrong and an example."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


EXAMPLES: Mapping[str, str] = {
    "SLACK_BOT_TOKEN": "xoxb-…, from the app's page OAuth & Permissions",
    "SLACK_APP_TOKEN": "xapp-…, from the app's Basic Information",
    "SLACK_SIGNING_SECRET": "32 hexadecimal characters, from the app's Basic Information",
    "STRIPE_API_KEY": "rk_test_… or rk_live_…",
    "STRIPE_WEBHOOK_SECRETS": "whsec_…, several separated by commas",
    "DATABASE_URL": "sqlite:///winback.db or postgresql://user:password@host/name",
    "SECRET_KEY": "what this prints: openssl rand -hex 32",
    "PUBLIC_URL": "https://winback.your-company.com",
    "CANCELLATIONS_CHANNEL": "C0123456789, from the channel's details, at the bottom",
    "APPROVALS_CHANNEL": "C0123456789 of a private channel",
    "ALERTS_CHANNEL": "C0123456789, from the channel's details, at the bottom",
    "SUPPORT_MEMBERS": "U0123456789,S0123456789",
    "MANAGER_MEMBERS": "U0123456789",
    "ADMIN_MEMBERS": "U0123456789",
    "VIEWER_MEMBERS": "U0123456789,S0123456789",
    "ALLOW_GROUP_MANAGERS": "false",
    "CARD_DETAIL": "full",
    "REASON_WAIT": "10s",
    "CARD_KINDS": "requested,payment_failed,payment_disputed",
    "CARD_MIN_VALUE": "EUR 20, USD 20",
    "DIGEST": "weekly",
    "DIGEST_AT": "09:00",
    "KEEP_EVENTS": "14d",
    "SMTP_URL": "smtp://user:password@mail.your-company.com:587?tls=starttls",
    "MAIL_FROM": "billing@your-company.com",
    "REPLY_TO": "support@your-company.com",
    "COMPANY_NAME": "Northwind",
    "COMPANY_ADDRESS": "Northwind GmbH, Hafenstraße 1, 20457 Hamburg, Germany",
    "SUPPORT_URL": "https://your-company.com/support",
    "PRIVACY_URL": "https://your-company.com/privacy",
    "COMPANY_COLOR": "#1f6feb",
    "LINK_PROOF": "code",
    "RETURN_URL": "https://your-company.com/account",
    "PORTAL_CONFIGURATION": "bpc_…",
    "PORTAL_STATUSES": "active,trialing,past_due",
    "LOOKUPS_PER_MINUTE": "10",
    "LOOKUPS_PER_DAY": "150",
    "CODE_EMAILS_PER_HOUR": "5",
    "STRIPE_CALLS_PER_SECOND": "80",
    "HOST": "127.0.0.1",
    "PORT": "8080",
    "ADMIN_PORT": "8081",
    "TIMEZONE": "Europe/Berlin",
    "POLICY_FILE": "winback.toml",
    "INTERNAL_DOMAINS": "your-company.com",
    "TRUSTED_PROXIES": "10.0.0.0/8",
    "LOG_LEVEL": "INFO",
    "LOG_FORMAT": "json",
    "SLACK_API_URL": "http://127.0.0.1:7700/slack/api/",
    "STRIPE_API_URL": "http://127.0.0.1:7700/stripe",
}

_NETWORK = "must be a network, or several separated by commas"
_PLAINLY: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "is missing",
    "int_parsing": lambda _: "must be a whole number",
    "bool_parsing": lambda _: "must be true or false",
    "literal_error": lambda limits: f"must be {str(limits['expected']).replace(chr(39), '')}",
    "string_pattern_mismatch": lambda _: "doesn't have the right form",
    "greater_than_equal": lambda limits: f"must be at least {limits['ge']}",
    "less_than_equal": lambda limits: f"must be at most {limits['le']}",
    "ip_v4_network": lambda _: _NETWORK,
    "ip_v6_network": lambda _: _NETWORK,
}
"""pydantic's error types in plain English."""


def describe_fault(name: str, wrong: str) -> str:
    """Return one fault as a sentence; `wrong` says what is wrong, without a full stop."""
    variable = name.upper()
    return f"{variable}: {wrong}. Example: {EXAMPLES[variable]}"


def describe_errors(error: ValidationError) -> Iterator[str]:
    """Yield a sentence for each fault that pydantic found; the same one may come twice."""
    for found in error.errors(include_input=False, include_url=False):
        plainly = _PLAINLY.get(found["type"])
        words = plainly(found.get("ctx", {})) if plainly else str(found["msg"]).removeprefix("Value error, ")
        yield describe_fault(str(found["loc"][0]), f"{words[0].lower()}{words[1:].rstrip('.')}")


def find_conflicts(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the faults that lie between variables, from all raw values by field name."""
    given = {name for name, value in values.items() if value not in {"", None}}
    faults = []
    if not given & {"slack_app_token", "slack_signing_secret"}:
        faults.append(
            "SLACK_APP_TOKEN, SLACK_SIGNING_SECRET: one of them is needed. With the first the bot connects to Slack "
            "(Socket Mode), with the second Slack connects to the bot. Example: SLACK_APP_TOKEN=xapp-…"
        )
    if str(values.get("allow_group_managers", "")).lower() not in {"true", "t", "1", "yes", "y", "on"}:
        faults.extend(
            describe_fault(
                name,
                "holds a user group, which many workspaces let anybody edit; name people, or set "
                "ALLOW_GROUP_MANAGERS=true if only owners can edit groups",
            )
            for name in ("manager_members", "admin_members")
            if any(member.strip().startswith("S") for member in str(values.get(name) or "").split(","))
        )
    if "alerts_channel" in given and values["alerts_channel"] == values.get("approvals_channel"):
        faults.append(
            describe_fault(
                "alerts_channel",
                "is the approvals channel, which gets no technical alerts: choose another one, or none, and each admin "
                "gets them",
            )
        )
    if "smtp_url" in given:
        faults.extend(
            describe_fault(name, "is missing: no email may go out without it, and SMTP_URL is set")
            for name in ("mail_from", "company_name", "company_address", "support_url", "privacy_url")
            if name not in given
        )
    if values.get("link_proof") == "code" and not {"smtp_url", "public_url"} <= given:
        faults.append(
            "LINK_PROOF: code needs SMTP_URL and PUBLIC_URL, since the code is mailed, and asked for on our page. "
            "Example: LINK_PROOF=none"
        )
    if str(values.get("stripe_api_key")).startswith(("rk_live_", "sk_live_")) and given & {
        "slack_api_url",
        "stripe_api_url",
    }:
        faults.append(
            describe_fault(
                "stripe_api_key", "is a live key, which is never used while SLACK_API_URL or STRIPE_API_URL is set"
            )
        )
    return tuple(faults)
