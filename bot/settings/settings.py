"""Settings: environment variables, `.env` and `NAME_FILE` secrets, read once at the start into a frozen object."""

from datetime import time, timedelta
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    EmailStr,
    Field,
    ModelWrapValidatorHandler,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from bot.settings import errors
from bot.settings.errors import SettingsError
from bot.settings.secrets import SecretFiles, UnreadableSecret, weakness
from bot.settings.value_types import (
    AmountByCurrency,
    KeepTime,
    KindSet,
    MemberList,
    NameList,
    NetworkList,
    SecretList,
    StatusList,
    TimeOfDay,
    WaitTime,
    ZoneName,
    on_loopback,
)
from domain.cancellations.card_rules import CARD_KINDS
from domain.ids import ChannelId
from domain.person import ascii_domain
from domain.results.digest import DigestRhythm

DEFAULT_POLICY = Path("winback.toml")


class Settings(BaseSettings):
    """All settings, named like their variables in lower case. `repr` hides secrets.

    Reading them raises SettingsError with every fault at once.
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_file=".env", enable_decoding=False, hide_input_in_errors=True, defer_build=True
    )

    slack_bot_token: SecretStr
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    stripe_api_key: SecretStr
    stripe_webhook_secrets: SecretList = ()
    database_url: SecretStr = SecretStr("sqlite:///winback.db")
    secret_key: SecretList
    public_url: str | None = None
    cancellations_channel: str = Field(pattern=r"^[CG][A-Z0-9]{2,}$")
    approvals_channel: str | None = Field(default=None, pattern=r"^[CG][A-Z0-9]{2,}$")
    alerts_channel: str | None = Field(default=None, pattern=r"^[CG][A-Z0-9]{2,}$")
    support_members: MemberList = ()
    manager_members: MemberList = ()
    admin_members: MemberList = ()
    viewer_members: MemberList = ()
    allow_group_managers: bool = False
    card_detail: Literal["full", "lean"] | None = None
    reason_wait: WaitTime = timedelta(seconds=10)
    card_kinds: KindSet = CARD_KINDS
    card_min_value: AmountByCurrency = Field(default_factory=dict)
    digest: DigestRhythm = "weekly"
    digest_at: TimeOfDay = time(9)
    keep_events: KeepTime = timedelta(days=14)
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
    portal_statuses: StatusList = ("active", "trialing", "past_due")
    lookups_per_minute: int = Field(default=10, ge=1)
    lookups_per_day: int = Field(default=150, ge=1)
    code_emails_per_hour: int = Field(default=5, ge=1)
    stripe_calls_per_second: int | None = Field(default=None, ge=1)
    timezone: ZoneName | None = None
    policy_file: Path | None = None
    internal_domains: NameList = ()
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    admin_port: int = Field(default=8081, ge=0, le=65535)
    trusted_proxies: NetworkList = ()
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
        """Take `NAME_FILE` files first, then the environment, then `.env`."""
        variables: dict[str, str | None] = {}
        for source in (dotenv_settings, env_settings):
            if isinstance(source, EnvSettingsSource):
                variables |= source.env_vars
        return init_settings, SecretFiles(settings_cls, variables), env_settings, dotenv_settings

    @field_validator("*", mode="before")
    @classmethod
    def _empty_is_absent(cls, value: Any, info: ValidationInfo) -> Any:
        """Treat an empty variable as missing, as people expect of `NAME=` in a `.env` file."""
        if isinstance(value, UnreadableSecret):
            raise ValueError(value.why)  # noqa: TRY004  # pydantic gathers ValueErrors
        if value != "" or info.field_name is None:
            return value
        field = cls.model_fields[info.field_name]
        if field.is_required():
            raise ValueError("is missing")
        return field.default

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
            if (start := starts.get(info.field_name)) and not words.startswith(start):
                raise ValueError(f"must begin with {' or '.join(start)}; perhaps another secret was pasted")
            if info.field_name == "secret_key" and (why := weakness(words)):
                raise ValueError(why)
        if len(set(secrets)) < len(secrets):
            raise ValueError("has the same secret twice")
        if info.field_name == "secret_key" and not secrets:
            raise ValueError("is missing")
        return value

    @field_validator("public_url", "return_url", "support_url", "privacy_url")
    @classmethod
    def _https(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        secure = parts.scheme == "https" or (parts.scheme == "http" and on_loopback(value))
        if not parts.hostname or not secure or any(map(str.isspace, value)):
            raise ValueError("must be an https address (http on loopback only)")
        if "@" in parts.netloc:
            raise ValueError("must not hold a user name or a password: customers see it")
        if info.field_name == "public_url" and (parts.query or parts.fragment):
            raise ValueError("must end before any ? and #: the bot adds the rest")
        return value.rstrip("/")

    @field_validator("slack_api_url", "stripe_api_url")
    @classmethod
    def _other_world(cls, value: str | None) -> str | None:
        if value is None or value == "https://slack.com/api/" or on_loopback(value):
            return value
        raise ValueError("must be an address on this machine (loopback)")

    @model_validator(mode="wrap")
    @classmethod
    def _every_fault(cls, values: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        between = errors.find_conflicts(values)
        try:
            settings = handler(values)
        except ValidationError as error:
            raise SettingsError((*dict.fromkeys(errors.describe_errors(error)), *between)) from None
        if between:
            raise SettingsError(between)
        return settings

    @property
    def live(self) -> bool:
        """Whether the Stripe key is a live key."""
        return self.stripe_api_key.get_secret_value().startswith(("rk_live_", "sk_live_"))

    @property
    def webhook_url(self) -> str | None:
        """Where Stripe's webhooks reach the bot; None where they are not set up."""
        return f"{self.public_url}/stripe/webhook" if self.public_url and self.stripe_webhook_secrets else None

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of dates and times in emails."""
        return self.timezone or ZoneInfo("UTC")

    @property
    def policy_path(self) -> Path | None:
        """The policy file in use, or None for the built-in policy."""
        if self.policy_file is not None:
            return self.policy_file
        return DEFAULT_POLICY if DEFAULT_POLICY.exists() else None

    @property
    def own_domains(self) -> frozenset[str]:
        """The company's own email domains, which never get an offer."""
        own = self.internal_domains or ((self.mail_from or "").rpartition("@")[2],)
        return frozenset(ascii_domain(domain.strip().removeprefix("@")) for domain in own if domain)

    @property
    def can_email(self) -> bool:
        """Whether emails can be sent."""
        return self.smtp_url is not None

    @property
    def asks_for_code(self) -> bool:
        """Whether the page of a shown link asks for a code."""
        if self.link_proof is not None:
            return self.link_proof == "code"
        return self.can_email and self.public_url is not None

    @property
    def cancellations(self) -> ChannelId:
        """The channel of the cards."""
        return ChannelId(self.cancellations_channel)

    @property
    def alert_recipients(self) -> tuple[str, ...]:
        """Who gets technical alerts: the alerts channel, or else each admin and group of admins."""
        return (self.alerts_channel,) if self.alerts_channel else self.admin_members

    @property
    def lookup_alert_recipients(self) -> tuple[str, ...]:
        """Who gets alerts about unusual lookups: the approvals channel, or else each manager and group of managers."""
        return (self.approvals_channel,) if self.approvals_channel else self.manager_members
