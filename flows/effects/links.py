"""What a portal link asks for."""

from dataclasses import dataclass

from domain.ids import LinkId


@dataclass(frozen=True, slots=True)
class EmailLink:
    """Send the letter with a portal link to the address on file at Stripe."""

    link_id: LinkId


@dataclass(frozen=True, slots=True)
class EmailCode:
    """Send a link's six-digit code to the address on file at Stripe."""

    link_id: LinkId
