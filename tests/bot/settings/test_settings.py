"""Settings: all faults are reported at once, each with its variable and an example, and never with a secret."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.cli.startup import CheckedSettings
from bot.settings.errors import EXAMPLES, SettingsError
from bot.settings.settings import Settings

KEY, NEW_KEY = "3f9c1b7e60d24a85hunter2b1e07d5c92fa", "71c05be8d94a2f36hunter208d3e6fb5a41"
ENOUGH = {
    "SLACK_BOT_TOKEN": "xoxb-hunter2-of-slack",
    "SLACK_APP_TOKEN": "xapp-hunter2-of-slack",
    "STRIPE_API_KEY": "rk_test_hunter2",
    "SECRET_KEY": KEY,
    "CANCELLATIONS_CHANNEL": "C0CANCEL01",
}
LETTERS = {
    "SMTP_URL": "smtp://me:hunter2@mail.acme.com",
    "MAIL_FROM": "billing@acme.com",
    "COMPANY_NAME": "Acme",
    "COMPANY_ADDRESS": "Acme Ltd, 1 High Street",
    "SUPPORT_URL": "https://acme.com/support",
    "PRIVACY_URL": "https://acme.com/privacy",
}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """No setting of this machine, and an empty folder for `.env`."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    return monkeypatch


@pytest.fixture
def given(bare_environment: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """All that must be set is."""
    for name, value in ENOUGH.items():
        bare_environment.setenv(name, value)
    return bare_environment


def faults() -> tuple[str, ...]:
    with pytest.raises(SettingsError) as faulty:
        CheckedSettings()
    assert "hunter2" not in f"{faulty.value!r} {faulty.value}"
    return faulty.value.faults


def test_all_missing_settings_are_listed() -> None:
    named = [fault.partition(":")[0] for fault in faults()]

    assert named == [
        "SLACK_BOT_TOKEN",
        "STRIPE_API_KEY",
        "SECRET_KEY",
        "CANCELLATIONS_CHANNEL",
        "SLACK_APP_TOKEN, SLACK_SIGNING_SECRET",
    ]
    assert all("Example: " in fault for fault in faults())


def test_every_setting_has_an_example() -> None:
    assert {name.upper() for name in Settings.model_fields} == set(EXAMPLES)


FAULTS = {
    ("SLACK_BOT_TOKEN", ""): "SLACK_BOT_TOKEN: is missing",
    ("SLACK_BOT_TOKEN", "xapp-hunter2"): "SLACK_BOT_TOKEN: must begin with xoxb-; perhaps",
    ("SLACK_APP_TOKEN", "xoxb-hunter2"): "SLACK_APP_TOKEN: must begin with xapp-; perhaps",
    ("SLACK_APP_TOKEN", ""): "SLACK_APP_TOKEN, SLACK_SIGNING_SECRET: one of them is needed",
    ("STRIPE_API_KEY", "pk_test_hunter2"): "STRIPE_API_KEY: must begin with rk_ or sk_; perhaps",
    ("STRIPE_WEBHOOK_SECRETS", "whsec_a, hunter2"): "STRIPE_WEBHOOK_SECRETS: must begin with whsec_; perhaps",
    ("SECRET_KEY", ""): "SECRET_KEY: is missing",
    ("SECRET_KEY", "hunter2"): "SECRET_KEY: is too short to be a secret: at least 32 characters",
    ("SECRET_KEY", f"{KEY},{KEY}"): "SECRET_KEY: has the same secret twice",
    ("SECRET_KEY", f"{KEY},hunter2"): "SECRET_KEY: is too short to be a secret: at least 32 characters",
    ("SECRET_KEY", "h" * 64): "SECRET_KEY: is one character over and over",
    ("SECRET_KEY", "hunter2 " * 5): "SECRET_KEY: repeats a shorter text",
    ("SECRET_KEY", "changeme-" * 3 + "hunter2"): "SECRET_KEY: is made of a word that everybody tries first",
    ("DATABASE_URL", "mysql://me:hunter2@db/x"): "DATABASE_URL: begins with mysql",
    ("DATABASE_URL", "winback.db"): "DATABASE_URL: isn't the URL of a database",
    ("DATABASE_URL", "postgresql://me:hun/ter2@db:hunter2/x"): "DATABASE_URL: isn't the URL of a database",
    ("DATABASE_URL", "sqlite://"): "DATABASE_URL: names no file",
    ("PUBLIC_URL", "http://acme.com"): "PUBLIC_URL: must be an https address (http on loopback only)",
    ("PUBLIC_URL", "acme.com"): "PUBLIC_URL: must be an https address (http on loopback only)",
    ("PUBLIC_URL", "https://acme.com/?a=b"): "PUBLIC_URL: must end before any ? and #",
    ("PUBLIC_URL", "https://me:hunter2@acme.com"): "PUBLIC_URL: must not hold a user name or a password",
    ("RETURN_URL", "https://me:hunter2@acme.com/account"): "RETURN_URL: must not hold a user name or a password",
    ("RETURN_URL", "https://hunter2@acme.com"): "RETURN_URL: must not hold a user name or a password",
    ("SUPPORT_URL", "https://:hunter2@acme.com"): "SUPPORT_URL: must not hold a user name or a password",
    ("PRIVACY_URL", "https://acme.com:hunter2@127.0.0.1/"): "PRIVACY_URL: must not hold a user name or a password",
    ("ALERTS_CHANNEL", "#alerts"): "ALERTS_CHANNEL: doesn't have the right form",
    ("CANCELLATIONS_CHANNEL", "#cancellations"): "CANCELLATIONS_CHANNEL: doesn't have the right form",
    ("SUPPORT_MEMBERS", "U0123,@dana"): "SUPPORT_MEMBERS: has values that aren't Slack ids: @dana",
    ("MANAGER_MEMBERS", "U0123,S0123"): "MANAGER_MEMBERS: holds a user group, which many workspaces let anybody edit",
    ("ADMIN_MEMBERS", "S0123"): "ADMIN_MEMBERS: holds a user group",
    ("ALLOW_GROUP_MANAGERS", "perhaps"): "ALLOW_GROUP_MANAGERS: must be true or false",
    ("CARD_DETAIL", "all"): "CARD_DETAIL: must be full or lean",
    ("REASON_WAIT", "-3s"): "REASON_WAIT: isn't a duration",
    ("KEEP_EVENTS", "99999999999d"): "KEEP_EVENTS: is too long",
    ("CARD_MIN_VALUE", "EUR 20, eur 30"): "CARD_MIN_VALUE: names EUR twice",
    ("SMTP_URL", "ftp://me:hunter2@acme.com"): "SMTP_URL: must begin with smtp:// or smtps://",
    ("MAIL_FROM", "billing"): "MAIL_FROM: value is not a valid email address",
    ("COMPANY_COLOR", "blue"): "COMPANY_COLOR: doesn't have the right form",
    ("LINK_PROOF", "sms"): "LINK_PROOF: must be code or none",
    ("LINK_PROOF", "code"): "LINK_PROOF: code needs SMTP_URL and PUBLIC_URL",
    ("PORTAL_STATUSES", "active,canceled"): "PORTAL_STATUSES: has statuses that can't count as active: canceled",
    ("LOOKUPS_PER_MINUTE", "0"): "LOOKUPS_PER_MINUTE: must be at least 1",
    ("PORT", "http"): "PORT: must be a whole number",
    ("ADMIN_PORT", "70000"): "ADMIN_PORT: must be at most 65535",
    ("TRUSTED_PROXIES", "10.0.0.0/8,proxy"): "TRUSTED_PROXIES: must be a network",
    ("TRUSTED_PROXIES", "127.0.0.1,0.0.0.0/0"): "TRUSTED_PROXIES: has a network of all addresses",
    ("TRUSTED_PROXIES", "::/0"): "TRUSTED_PROXIES: has a network of all addresses",
    ("SLACK_API_URL", "https://slack.acme.com/"): "SLACK_API_URL: must be an address on this machine",
}


def test_alerts_need_a_channel_of_their_own(given: pytest.MonkeyPatch) -> None:
    given.setenv("APPROVALS_CHANNEL", "C0APPROVAL")
    given.setenv("ALERTS_CHANNEL", "C0APPROVAL")
    [fault] = faults()
    assert fault.startswith("ALERTS_CHANNEL: is the approvals channel, which gets no technical alerts")


@pytest.mark.parametrize(
    ("settings", "recipients"),
    [
        ({"ADMIN_MEMBERS": "U0ADMIN001,U0ADMIN002"}, ("U0ADMIN001", "U0ADMIN002")),
        ({"ADMIN_MEMBERS": "S0ADMINS01,U0ADMIN001", "ALLOW_GROUP_MANAGERS": "true"}, ("S0ADMINS01", "U0ADMIN001")),
        ({"ADMIN_MEMBERS": "U0ADMIN001", "APPROVALS_CHANNEL": "C0APPROVAL"}, ("U0ADMIN001",)),
        ({"ADMIN_MEMBERS": "U0ADMIN001", "ALERTS_CHANNEL": "C0ALERTS01"}, ("C0ALERTS01",)),
        ({"APPROVALS_CHANNEL": "C0APPROVAL"}, ()),
    ],
)
def test_alerts_go_to_admins_or_their_channel(
    given: pytest.MonkeyPatch, settings: dict[str, str], recipients: tuple[str, ...]
) -> None:
    for name, value in settings.items():
        given.setenv(name, value)
    assert CheckedSettings().alert_recipients == recipients


@pytest.mark.parametrize(("variable", "value"), FAULTS)
def test_faults_name_variable_and_example(given: pytest.MonkeyPatch, variable: str, value: str) -> None:
    given.setenv(variable, value)

    found = [fault for fault in faults() if fault.startswith(FAULTS[variable, value])]

    assert len(found) == 1, faults()
    assert ". Example: " in found[0]


def test_email_needs_the_senders_identity(given: pytest.MonkeyPatch) -> None:
    given.setenv("SMTP_URL", LETTERS["SMTP_URL"])

    assert [fault.partition(":")[0] for fault in faults()] == [name for name in LETTERS if name != "SMTP_URL"]


def test_live_key_is_refused_with_a_sandbox(given: pytest.MonkeyPatch) -> None:
    given.setenv("STRIPE_API_KEY", "rk_live_hunter2")
    assert CheckedSettings().live

    given.setenv("STRIPE_API_URL", "http://127.0.0.1:7700/stripe")

    (fault,) = faults()
    assert fault.startswith("STRIPE_API_KEY: is a live key, which is never used while SLACK_API_URL or STRIPE_API_URL")


def test_settings_hide_secrets(given: pytest.MonkeyPatch) -> None:
    for name, value in LETTERS.items():
        given.setenv(name, value)
    given.setenv("REASON_WAIT", "2m")
    given.setenv("TRUSTED_PROXIES", "10.0.0.0/8, 2001:db8::/32")

    read = CheckedSettings()

    assert read.reason_wait == timedelta(minutes=2)
    assert [str(network) for network in read.trusted_proxies] == ["10.0.0.0/8", "2001:db8::/32"]
    assert "hunter2" not in f"{read!r} {read} {read.model_dump()}"


def test_code_is_required_if_it_can_be_sent(given: pytest.MonkeyPatch) -> None:
    assert not CheckedSettings().asks_for_code
    for name, value in LETTERS.items():
        given.setenv(name, value)
    given.setenv("PUBLIC_URL", "https://winback.acme.com/")

    assert CheckedSettings().asks_for_code
    assert CheckedSettings().public_url == "https://winback.acme.com"
    given.setenv("LINK_PROOF", "none")
    assert not CheckedSettings().asks_for_code


def test_several_secrets_allow_rotation(given: pytest.MonkeyPatch) -> None:
    given.setenv("STRIPE_WEBHOOK_SECRETS", "whsec_new, whsec_old")
    given.setenv("SECRET_KEY", f"{NEW_KEY}, {KEY}")

    read = CheckedSettings()

    assert [secret.get_secret_value() for secret in read.stripe_webhook_secrets] == ["whsec_new", "whsec_old"]
    assert [key.get_secret_value() for key in read.secret_key] == [NEW_KEY, KEY]


def test_a_secret_may_stand_in_a_file(given: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("rk_test_from_a_file\n")
    given.delenv("STRIPE_API_KEY")
    given.setenv("STRIPE_API_KEY_FILE", str(tmp_path / "key"))

    assert CheckedSettings().stripe_api_key.get_secret_value() == "rk_test_from_a_file"


def test_unreadable_or_double_secret_is_a_fault(given: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given.setenv("STRIPE_API_KEY_FILE", str(tmp_path / "key"))
    given.delenv("SECRET_KEY")
    given.setenv("SECRET_KEY_FILE", str(tmp_path / "not there"))

    assert [fault.partition(". ")[0] for fault in faults()] == [
        "STRIPE_API_KEY: is set, and so is STRIPE_API_KEY_FILE: keep one",
        "SECRET_KEY: is in a file that can't be read (SECRET_KEY_FILE)",
    ]


def test_environment_beats_the_env_file(given: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=DEBUG\nPORT=9000\nREPLY_TO=\n")
    given.setenv("PORT", "9100")

    read = CheckedSettings()

    assert (read.log_level, read.port, read.reply_to) == ("DEBUG", 9100, None)
