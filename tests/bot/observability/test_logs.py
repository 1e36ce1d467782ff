"""What mustn't be logged is masked wherever it occurs, and errors don't repeat their input."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.observability.logs import format_traceback, mask
from domain.keyring import UnknownKey


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("to dana.o'neil+shop@mail.acme-shop.com, please", "to [email], please"),
        ("<mailto:dana@acme.com|dana@acme.com>", "<mailto:[email]|[email]>"),
        ("dänä@exämple.de", "[email]"),
        ("postgresql://bot:hunter2@db.acme.com/winback", "postgresql://[user]:[password]@db.acme.com/winback"),
        ("smtp://bot:p%40ss@mail.acme.com:587", "smtp://[user]:[password]@mail.acme.com:587"),
        ("xoxb-123456-abcdef and xapp-1-A0-secret", "[xoxb] and [xapp]"),
        ("key rk_live_51Secret, sk_test_51Secret", "key [rk], [sk]"),
        ("whsec_abcdefghij", "[whsec]"),
        ("GET /p/4nQ2v8yXkL0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "GET /p/[token]"),
        ("/back/4nQ2v8yXkL0a?x=1", "/back/[token]?x=1"),
        ("https://hooks.slack.com/commands/T1/2/abc now", "[link] now"),
        ("https://billing.stripe.com/p/session/live_YWNj", "[link]"),
        ("https://billing.acme.com/p/session/test_YWNjdA now", "[link] now"),
        ("https://pay.acme.com/c/pay/cs_test_a1B2#fid now", "[link] now"),
        ("to dana@localhost or root@mailhost, please", "to [email] or [email], please"),
        ('"dana scully"@acme.com and dana@[192.0.2.1]', "[email] and [email]"),
        ("/x?email=dana%40acme.com&a=1", "[email]&a=1"),
        ("<@U0AGENT001> in <#C0SUPPORT1>", None),
        ("case 0190c0de-0000-7000-8000-000000000000 of cus_NffrFeUfNV2Hib", None),
        ("task-risk-free_of_charge", None),
    ],
)
def test_each_kind_of_secret(text: str, masked: str | None) -> None:
    assert mask(text) == (text if masked is None else masked)


def test_only_our_errors_show_messages() -> None:
    try:
        try:
            int("Dana Scully")
        except ValueError as error:
            raise UnknownKey("0badcafe") from error
    except UnknownKey as error:
        told = format_traceback((type(error), error, error.__traceback__))

    assert "Dana Scully'" not in told
    assert "builtins.ValueError\n" in told
    assert 'int("Dana Scully")' in told  # our own source, which is no secret
    assert told.endswith("domain.keyring.UnknownKey: no secret key with the id 0badcafe is configured")


def test_every_error_of_a_group_is_told() -> None:
    group = ExceptionGroup("of dana@acme.com", [KeyError("Dana"), OSError("Scully")])

    told = format_traceback((type(group), group, None))

    assert [line for line in told.splitlines() if line.startswith("builtins.")] == [
        "builtins.ExceptionGroup", "builtins.KeyError", "builtins.OSError",
    ]  # fmt: skip


LOGGING = """
import logging, sys
import structlog
from bot.observability import logs
logs.configure(level=sys.argv[1], style=sys.argv[2])
for name in ("aiosqlite", "aiohttp", "anything.new"):
    logging.getLogger(name).debug("dana debugs")
    logging.getLogger(name).info("dana informs")
logging.getLogger("aiosqlite").warning("a library warns of %s", "dana@acme.com")
log = structlog.get_logger("flows.events.receive")
log.debug("ours_debugs")
log.info("ours_informs", deep={"whom": ["dana@acme.com"]}, error=ValueError("dana@acme.com"))
"""


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("style", ["json", "console"])
@pytest.mark.parametrize(("level", "ours"), [("DEBUG", 2), ("INFO", 1), ("ERROR", 0)])
def test_libraries_log_warnings_only(level: str, style: str, ours: int) -> None:
    told = subprocess.run(
        [sys.executable, "-c", LOGGING, level, style],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3],
    ).stderr  # fmt: skip

    assert "dana" not in told
    assert told.count("ours_") == ours
    assert ("a library warns of [email]" in told) == (level != "ERROR")
    if style == "json":
        assert all(json.loads(line)["level"] for line in told.splitlines())
