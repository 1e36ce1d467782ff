"""The answers of the page behind a portal link."""

from dataclasses import dataclass

from domain.billing.portal_access import Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPage:
    """What the page shows."""

    masked_name: str | None
    masked_address: str | None
    purpose: Purpose
    offer: bool  # it opens an offer's page, not the portal
    needs_code: bool
    code_sent: bool  # a code is on its way and may be typed
    tries_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkGone:
    """No such link, or it is used up, revoked, expired or had too many wrong codes.

    `known` False: 404, else 410, with the same page.
    """

    known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPortal:
    """Go to the portal, or to an offer's page, at `url`, a secret for this press."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongCode:
    """The code is wrong; without `tries_left` it is no longer valid."""

    tries_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOpened:
    """Nothing was opened: the customer is not `active` any more, or the page no longer fits them."""

    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkUnavailable:
    """It can't be done now. `why` is for the log, with the reference that the customer sees."""

    why: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeTooSoon:
    """We've just sent you a code, or no more codes may be sent."""
