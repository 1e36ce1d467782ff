"""Logging in at the mail server; the sandbox's mailbox lets everybody in, so these ask a server that does not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP, AuthResult

from domain.email import Email
from flows.failures import Refused, Unavailable
from mail.server import SmtpServer
from mail.smtp_mailer import SmtpMailer

EMAIL = Email(to="dana@acme.com", subject="s", text="t", html="h", message_id="1")


@asynccontextmanager
async def serving(answer: AuthResult, *, required: bool = True) -> AsyncIterator[tuple[int, list[Any]]]:
    """Serve with one answer to every login; yields the port and what was tried."""
    tried: list[Any] = []

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, login: Any) -> AuthResult:
        tried.append((login.login, login.password))
        return answer

    def connection() -> SMTP:
        return SMTP(Sink(), authenticator=authenticate, auth_required=required, auth_require_tls=False, hostname="here")

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], tried


def post(port: int, *, user: str | None = "billing", password: str | None = "p:ss") -> SmtpMailer:
    server = SmtpServer(host="127.0.0.1", port=port, tls="none", user=user, password=password)
    return SmtpMailer(server, sender="billing@acme.com", reply_to=None, wall=lambda: datetime(2026, 12, 3, tzinfo=UTC))


async def test_an_email_is_taken_after_the_login() -> None:
    async with serving(AuthResult(success=True)) as (port, tried):
        await post(port).send(EMAIL)
    assert tried == [(b"billing", b"p:ss")]


@pytest.mark.parametrize(("user", "password"), [("billing", "wrong"), (None, None)])
async def test_refused_login_is_a_bad_credential(user: str | None, password: str | None) -> None:
    async with serving(AuthResult(success=False, handled=False)) as (port, _):
        with pytest.raises(Refused) as raised:
            await post(port, user=user, password=password).send(EMAIL)
    assert raised.value.fault == "credential"
    assert raised.value.code in {"535", "530"}
    assert "wrong" not in raised.value.why


async def test_unchecked_login_is_unavailable() -> None:
    later = AuthResult(success=False, handled=False, message="454 4.7.0 Temporary authentication failure")
    async with serving(later) as (port, _):
        with pytest.raises(Unavailable):
            await post(port).send(EMAIL)


async def test_server_without_login_is_a_bad_credential() -> None:
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Sink(), hostname="here"), "127.0.0.1", 0)
    async with server:
        with pytest.raises(Refused) as raised:
            await post(server.sockets[0].getsockname()[1]).send(EMAIL)
    assert raised.value.fault == "credential"
