"""Settings: environment variables, `.env` and `NAME_FILE` secrets, read once at start into a frozen object."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BeforeValidator,
    EmailStr,
    Field,
    ModelWrapValidatorHandler,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from domain.ids import ChannelId, StaffId


class Faulty(Exception):
    """The settings cannot be used; `faults` names every variable with what is wrong and an example."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


EXAMPLES: Mapping[str, str] = {
    "SLACK_BOT_TOKEN": "xoxb-…",
    "SLACK_APP_TOKEN": "xapp-…",
    "SLACK_SIGNING_SECRET": "32 hexadecimal characters from the app's Basic Information",
    "STRIPE_API_KEY": "rk_test_… or rk_live_…",
    "STRIPE_WEBHOOK_SECRETS": "whsec_… (several: separated by commas)",
    "DATABASE_URL": "sqlite:///winback.db or postgresql://user:password@host/name",
    "SECRET_KEY": "the output of: openssl rand -hex 32",
    "PUBLIC_URL": "https://winback.your-company.com",
    "CANCELLATIONS_CHANNEL": "C0123456789 (channel details, at the bottom)",
    "APPROVALS_CHANNEL": "C0123456789 of a private channel",
    "SUPPORT_MEMBERS": "U0123456789,S0123456789",
    "MANAGER_MEMBERS": "U0123456789",
    "ADMIN_MEMBERS": "U0123456789",
    "REASON_WAIT": "10s",
    "SMTP_URL": "smtp://user:password@mail.your-company.com:587?tls=starttls",
    "MAIL_FROM": "billing@your-company.com",
    "PORTAL_STATUSES": "active,trialing,past_due",
    "PORTAL_CONFIGURATION": "bpc_…",
    "TRUSTED_PROXIES": "10.0.0.0/8",
    "COMPANY_COLOR": "#1f6feb",
    "LINK_PROOF": "code or none",
    "CARD_DETAIL": "full or lean",
}

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_LENGTH = re.compile(r"(\d+)\s*(ms|s|m|h)?")
_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", None: "seconds"}


def on_loopback(url: str) -> bool:
    """Say whether an address points at this machine only."""
    host = urlsplit(url).hostname or ""
    return host in LOOPBACK


def _split(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _length(value: Any) -> Any:
    if isinstance(value, str) and (found := _LENGTH.fullmatch(value.strip())):
        return timedelta(**{_UNITS[found[2]]: int(found[1])})
    return value


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
Secrets = Annotated[tuple[SecretStr, ...], BeforeValidator(_split)]
Length = Annotated[timedelta, BeforeValidator(_length)]


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """Stands for a value whose file could not be read, so that the fault is told with all others."""

    why: str


class SecretFiles(PydanticBaseSettingsSource):
    """`NAME_FILE`: the value of `NAME` stands in that file."""

    def __init__(self, settings_cls: type[BaseSettings], variables: Mapping[str, str | None]) -> None:
        super().__init__(settings_cls)
        self._variables = variables

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Read one value from its file, None where no file is named."""
        path = self._variables.get(f"{field_name}_file")
        if not path:
            return None, field_name, False
        if self._variables.get(field_name):
            return _Unreadable(f"is set, and so is {field_name.upper()}_FILE: keep one"), field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except (OSError, UnicodeDecodeError):
            return _Unreadable(f"stands in a file that cannot be read ({field_name.upper()}_FILE)"), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Read all values whose files are named."""
        values = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in values.items() if value is not None}


class Settings(BaseSettings):
    """All settings, named as their variables in lower case. Secrets never show in `repr`.

    Making one raises Faulty with every fault at once.
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_file=".env", enable_decoding=False, hide_input_in_errors=True
    )

    slack_bot_token: SecretStr
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    stripe_api_key: SecretStr
    stripe_webhook_secrets: Secrets = ()
    database_url: SecretStr = SecretStr("sqlite:///winback.db")
    secret_key: Secrets
    public_url: str | None = None
    cancellations_channel: str = Field(pattern=r"^[CG][A-Z0-9]{2,}$")
    approvals_channel: str | None = Field(default=None, pattern=r"^[CG][A-Z0-9]{2,}$")
    support_members: Names = ()
    manager_members: Names = ()
    admin_members: Names = ()
    allow_group_managers: bool = False
    card_detail: Literal["full", "lean"] | None = None
    reason_wait: Length = timedelta(seconds=10)
    smtp_url: SecretStr | None = None
    mail_from: EmailStr | None = None
    reply_to: EmailStr | None = None
    company_name: str | None = None
    company_address: str | None = None
    support_url: str | None = None
    privacy_url: str | None = None
    company_color: str = Field(default="#1f4fd8", pattern=r"^#[0-9a-fA-F]{6}$")
    link_proof: Literal["code", "none"] | None = None
    return_url: str | None = None
    portal_configuration: str | None = Field(default=None, pattern=r"^bpc_\w+$")
    portal_statuses: Names = ("active", "trialing", "past_due")
    lookups_per_minute: int = Field(default=5, ge=1)
    lookups_per_day: int = Field(default=60, ge=1)
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    admin_port: int = Field(default=8081, ge=0, le=65535)
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_split)] = ()
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"
    slack_api_url: str = "https://slack.com/api/"
    stripe_api_url: str | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # the library calls by name
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Files named by `NAME_FILE` first, then the environment, then `.env`."""
        variables: dict[str, str | None] = {}
        for source in (dotenv_settings, env_settings):
            if isinstance(source, EnvSettingsSource):
                variables |= source.env_vars
        return init_settings, SecretFiles(settings_cls, variables), env_settings, dotenv_settings

    @field_validator("*", mode="before")
    @classmethod
    def _empty_is_absent(cls, value: Any, info: ValidationInfo) -> Any:
        """A variable set to nothing counts as not set, as people expect of `NAME=` in a `.env` file."""
        if isinstance(value, _Unreadable):
            raise ValueError(value.why)  # noqa: TRY004  # pydantic gathers ValueErrors
        if value == "" and info.field_name is not None and not cls.model_fields[info.field_name].is_required():
            return cls.model_fields[info.field_name].default
        return value

    @field_validator("slack_bot_token", "slack_app_token", "stripe_api_key", "stripe_webhook_secrets", "secret_key")
    @classmethod
    def _looks_right(cls, value: Any, info: ValidationInfo) -> Any:
        starts: dict[str | None, tuple[str, ...]] = {
            "slack_bot_token": ("xoxb-",),
            "slack_app_token": ("xapp-",),
            "stripe_api_key": ("rk_", "sk_"),
            "stripe_webhook_secrets": ("whsec_",),
        }
        secrets = value if isinstance(value, tuple) else (value,) if value else ()
        for secret in secrets:
            words = secret.get_secret_value()
            if info.field_name in starts and not words.startswith(starts[info.field_name]):
                raise ValueError("does not begin as such a secret does: another one may have been pasted")
            if info.field_name == "secret_key" and len(words) < 32:
                raise ValueError("is too short to be a secret: at least 32 characters")
        if info.field_name == "secret_key" and not secrets:
            raise ValueError("is missing")
        return value

    @field_validator("public_url", "return_url", "support_url", "privacy_url")
    @classmethod
    def _https(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and on_loopback(value))):
            raise ValueError("must be an https address (http on loopback only)")
        return value.rstrip("/")

    @field_validator("slack_api_url", "stripe_api_url")
    @classmethod
    def _other_world(cls, value: str | None) -> str | None:
        if value is None or value == "https://slack.com/api/" or on_loopback(value):
            return value
        raise ValueError("may point at loopback only")

    @field_validator("support_members", "manager_members", "admin_members")
    @classmethod
    def _ids(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [name for name in value if not re.fullmatch(r"[UWS][A-Z0-9]{2,}", name)]
        if wrong:
            raise ValueError(f"holds what is no Slack id: {', '.join(wrong)}")
        return value

    @field_validator("portal_statuses")
    @classmethod
    def _statuses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = set(value) - {"active", "trialing", "past_due", "unpaid", "paused"}
        if wrong:
            raise ValueError(f"holds what cannot count as active: {', '.join(sorted(wrong))}")
        return value

    @model_validator(mode="wrap")
    @classmethod
    def _every_fault(cls, values: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        between = _faults_between(values)
        try:
            settings = handler(values)
        except ValidationError as error:
            raise Faulty((*_sentences(error), *between)) from None
        if between:
            raise Faulty(tuple(between))
        return settings

    @property
    def live(self) -> bool:
        """Whether the Stripe key is a live one."""
        return "_live_" in self.stripe_api_key.get_secret_value()

    @property
    def mails(self) -> bool:
        """Whether letters can be sent."""
        return self.smtp_url is not None

    @property
    def asks_for_code(self) -> bool:
        """Whether a shown link asks its opener for a code."""
        if self.link_proof is not None:
            return self.link_proof == "code"
        return self.mails and self.public_url is not None

    @property
    def cancellations(self) -> ChannelId:
        """The channel of the cards."""
        return ChannelId(self.cancellations_channel)

    @property
    def alarms(self) -> tuple[str, ...]:
        """Who is told of what people must act on: the approvals channel, else the admins one by one."""
        if self.approvals_channel:
            return (self.approvals_channel,)
        return tuple(StaffId(name) for name in self.admin_members if not name.startswith("S"))

    @property
    def telling_managers(self) -> tuple[str, ...]:
        """Who is told of unusual look-ups: the approvals channel, else the managers one by one."""
        if self.approvals_channel:
            return (self.approvals_channel,)
        return tuple(name for name in self.manager_members if not name.startswith("S"))


def _faults_between(values: Mapping[str, Any]) -> list[str]:
    """Find what single variables cannot tell, from their raw values."""
    given = {name for name, value in values.items() if value not in {"", None}}
    faults = []
    if not given & {"slack_app_token", "slack_signing_secret"}:
        faults.append(
            "SLACK_APP_TOKEN, SLACK_SIGNING_SECRET: at least one is needed. The first opens Socket Mode (xapp-…), "
            "the second the HTTP door."
        )
    if str(values.get("allow_group_managers", "")).lower() not in {"true", "1", "yes", "on"}:
        faults.extend(
            f"{name.upper()}: holds a user group, which many workspaces let anybody edit. Name people (U…), or set "
            "ALLOW_GROUP_MANAGERS=true if only owners can edit groups."
            for name in ("manager_members", "admin_members")
            if any(member.strip().startswith("S") for member in str(values.get(name, "")).split(","))
        )
    if "smtp_url" in given:
        faults.extend(
            f"{name.upper()}: is missing, and nothing may be e-mailed without it (SMTP_URL is set)."
            for name in ("mail_from", "company_name", "company_address", "support_url", "privacy_url")
            if name not in given
        )
    if values.get("link_proof") == "code" and not {"smtp_url", "public_url"} <= given:
        faults.append("LINK_PROOF: code needs SMTP_URL and PUBLIC_URL: the code is mailed and asked for on our page.")
    if "_live_" in str(values.get("stripe_api_key", "")) and given & {"slack_api_url", "stripe_api_url"}:
        faults.append("STRIPE_API_KEY: a live key is never used while SLACK_API_URL or STRIPE_API_URL is set.")
    return faults


def _sentences(error: ValidationError) -> list[str]:
    """Say each fault as "NAME: what is wrong. Example: …", without the value that was given."""
    sentences = []
    for fault in error.errors(include_input=False, include_url=False):
        words = str(fault["msg"]).removeprefix("Value error, ")
        if not fault["loc"]:
            sentences.extend(words.splitlines())
            continue
        name = str(fault["loc"][0]).upper()
        wrong = "is missing" if fault["type"] == "missing" else words
        example = f" Example: {EXAMPLES[name]}" if name in EXAMPLES else ""
        sentences.append(f"{name}: {wrong[0].lower()}{wrong[1:].rstrip('.')}.{example}")
    return sentences
