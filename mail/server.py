"""The mail server of `SMTP_URL`."""

import ipaddress
from dataclasses import dataclass, field
from typing import Literal, Self, cast, get_args
from urllib.parse import parse_qs, unquote, urlsplit

Tls = Literal["starttls", "implicit", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """A mail server. `tls` "none" is for loopback only; `user` None: no authentication."""

    host: str
    port: int
    tls: Tls
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read "smtp://user:pass@host:587?tls=starttls" or "smtps://user:pass@host:465".

        Without a port: 587, or 465 for smtps. Without `tls`: STARTTLS, on loopback none. Raises ValueError with a
        sentence that holds neither user nor password.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ValueError(
                "is no address of a mail server; write smtp://user:password@host:587?tls=starttls"
            ) from None
        if parts.scheme not in {"smtp", "smtps"}:
            raise ValueError("must begin with smtp:// or smtps://")
        if not parts.hostname:
            raise ValueError("names no host; write smtp://user:password@host:587?tls=starttls")
        if (parts.username is None) != (parts.password is None):
            raise ValueError("must have a user and a password, or neither; in them, : / @ are written %3A %2F %40")
        local = _loopback(parts.hostname)
        tls = _tls(parts.scheme, parts.query, local=local)
        if tls == "none" and not local:
            raise ValueError("has tls=none, which is for loopback only: emails hold links that nobody else may read")
        return cls(
            host=parts.hostname,
            port=port or (465 if tls == "implicit" else 587),
            tls=tls,
            user=None if parts.username is None else unquote(parts.username),
            password=None if parts.password is None else unquote(parts.password),
        )


def _tls(scheme: str, query: str, *, local: bool) -> Tls:
    given = parse_qs(query, keep_blank_values=True)
    if set(given) - {"tls"}:
        raise ValueError("has an unknown parameter: only tls is known")
    if scheme == "smtps":
        if given:
            raise ValueError("begins with smtps://, which is TLS from the start: leave the parameter tls out")
        return "implicit"
    said = given.get("tls", ["none" if local else "starttls"])[-1]
    if said not in get_args(Tls):
        raise ValueError("has a value for tls that is not one of: " + ", ".join(get_args(Tls)))
    return cast("Tls", said)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
