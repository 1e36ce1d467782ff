"""Letters to customers: what one says, and how it stands written."""

from dataclasses import dataclass
from datetime import datetime

from domain.portal import Purpose
from domain.subscription import Customer


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter to one recipient, as text and HTML. Of the Message-ID, `message_id` is the part before the "@"."""

    to: str
    subject: str
    text: str
    html: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLetter:
    """What the letter with a portal link says."""

    customer: Customer
    url: str
    purpose: Purpose
    agent: str  # the agent's display name
    expires_at: datetime
    openings: int
