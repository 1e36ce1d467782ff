"""A mail server that keeps every email instead of sending it on, and refuses or breaks off when it is told to."""

import asyncio
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, TypeVar, cast
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.faults import Fault, Faults

T = TypeVar("T")
HOST = "127.0.0.1"


@dataclass(frozen=True)
class ReceivedEmail:
    """One email as it was handed over: `to` and `sender` are the envelope's, the rest is read from its bytes."""

    id: int
    to: tuple[str, ...]
    sender: str
    subject: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]
    raw: bytes
    received_at: datetime

    def header(self, name: str) -> str | None:
        """Give the first header of that name, in any case of letters."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Mailbox:
    """The SMTP server and its emails, oldest first; it listens between `start` and `stop`.

    Faults of the side "smtp" are met at `RCPT` and `DATA`: the kinds `status` (with `status=451` and a `body`), `slow`,
    `hold`, the two `drop_…` and the four `kill_…`. Dropped after `DATA`, an email is kept and its reply lost.
    """

    def __init__(self, faults: Faults) -> None:
        self.emails: list[ReceivedEmail] = []
        self.port = 0
        self._faults = faults
        self._refused: dict[str, str] = {}
        self._ids = itertools.count(1)
        self._changed = asyncio.Event()
        self._open: WeakSet[SMTP] = WeakSet()

    async def start(self) -> None:
        """Listen on a free port of the loopback address, or again on the one it had."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the port and whatever is connected; the emails stay."""
        self._server.close()
        for connection in list(self._open):
            if connection.transport:
                connection.transport.close()
        await self._server.wait_closed()

    def refuse(self, address: str, reply: str = "550 5.1.1 No such mailbox here") -> None:
        """Answer every email for this address with `reply` from now on."""
        self._refused[address.lower()] = reply

    def accept(self, address: str) -> None:
        """Take emails for this address again."""
        self._refused.pop(address.lower(), None)

    @property
    def refused(self) -> list[str]:
        return sorted(self._refused)

    def to(self, address: str) -> list[ReceivedEmail]:
        """List the emails handed over for an address, oldest first."""
        return [email for email in self.emails if address.lower() in map(str.lower, email.to)]

    async def changed(self) -> None:
        """Return at the next email."""
        await self._changed.wait()

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 10.0) -> T:  # noqa: ASYNC109  # as the workspace's
        """Return the predicate's first truthy answer, asked now and after each email.

        Raises:
            TimeoutError: there was none within `timeout` seconds; it names the subjects that came.
        """
        try:
            async with asyncio.timeout(timeout):
                while not (answer := predicate()):
                    await self._changed.wait()
                return answer
        except TimeoutError:
            came = ", ".join(repr(email.subject) for email in self.emails[-5:]) or "none"
            raise TimeoutError(f"no such email within {timeout} s; the last ones: {came}") from None

    async def handle_RCPT(  # noqa: N802  # aiosmtpd finds it by this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if refusal := await self._meet(server, fault := self._faults.take("smtp", "RCPT")):
            return refusal
        if refusal := self._refused.get(address.lower()):
            return refusal
        envelope.rcpt_tos.append(address)
        await self._aftermath(server, fault)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # as above
        if refusal := await self._meet(server, fault := self._faults.take("smtp", "DATA")):
            return refusal
        email = _read(next(self._ids), envelope)
        self.emails.append(email)
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
        await self._aftermath(server, fault)
        return f"250 2.0.0 Taken as email {email.id}"

    def _connection(self) -> SMTP:
        connection = SMTP(self, loop=asyncio.get_running_loop(), enable_SMTPUTF8=True, hostname="localhost")
        self._open.add(connection)
        return connection

    async def _meet(self, server: SMTP, fault: Fault | None) -> str | None:
        """Let a fault happen before the command has its effect; the reply to give, if it is a refusal."""
        if fault is None:
            return None
        match fault.kind:
            case "status" | "error":
                return f"{fault.detail['status']} {fault.detail.get('body', 'The sandbox was told to refuse this')}"
            case "slow":
                await asyncio.sleep(fault.detail["seconds"])
            case "hold":
                await fault.released()
            case "kill_within":
                asyncio.get_running_loop().call_later(random.uniform(0, 0.05), self._faults.on_kill)
            case "drop_before":
                await _hang_up(server)
            case "kill_before":
                self._faults.on_kill()
                await _hang_up(server)
        return None

    async def _aftermath(self, server: SMTP, fault: Fault | None) -> None:
        """Let a fault happen between the effect and its reply."""
        if fault is None:
            return
        if fault.kind == "kill_after":
            self._faults.on_kill()
        if fault.kind in {"kill_after", "drop_after"}:
            await _hang_up(server)
        if fault.kind == "kill_replied":
            asyncio.get_running_loop().call_soon(self._faults.on_kill)


async def _hang_up(server: SMTP) -> None:
    cast("asyncio.Transport", server.transport).abort()
    await asyncio.get_running_loop().create_future()  # aiosmtpd cancels us once it sees the connection gone


def _read(number: int, envelope: Envelope) -> ReceivedEmail:
    raw = cast("bytes", envelope.original_content)
    message = cast("EmailMessage", message_from_bytes(raw, policy=cast("Any", policy.default)))
    return ReceivedEmail(
        id=number,
        to=tuple(envelope.rcpt_tos),
        sender=envelope.mail_from or "",
        subject=str(message["subject"] or ""),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        headers=tuple((name, str(value)) for name, value in message.items()),
        raw=raw,
        received_at=datetime.now(UTC),
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()).replace("\r\n", "\n") if part else ""
