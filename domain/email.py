"""Emails to customers: what one says, and the finished text."""

from dataclasses import dataclass
from datetime import datetime

from domain.billing.portal_access import Purpose
from domain.billing.subscription import Customer
from domain.billing.tax import TaxKind
from domain.money import Money
from domain.winback.terms import OfferTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """One email to one recipient, as text and HTML. Of the Message-ID, `message_id` is the part before the "@"."""

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    unsubscribe_url: str | None = None  # for `List-Unsubscribe` and its one-click POST (RFC 8058)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkEmail:
    """What the email with a portal link says."""

    customer: Customer
    url: str
    purpose: Purpose
    agent: str  # the agent's display name
    expires_at: datetime
    openings: int
    unasked_url: str  # *I didn't ask for this*


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEmail:
    """What a win-back email says.

    `reason` is the customer's own (Stripe's word), None if it is unknown or irrelevant; `kind` is how the
    cancellation came about, in Stripe's word too. `note` is a paragraph of the manager's. `subject` and `text` are a
    rule's own templates, which stand in for ours. `code` may be typed in the company's own checkout. Urls are bearer
    secrets. `reminds_of` is when the offer's own email was sent, if this is the reminder of it; that has none of the
    words above but the subject.
    """

    customer: Customer
    terms: OfferTerms
    plan: str
    reason: str | None
    kind: str | None
    note: str | None
    subject: str | None
    text: str | None
    offer_url: str
    unsubscribe_url: str
    code: str | None
    expires_at: datetime
    reminds_of: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationEmail:
    """What the email after accepting says: the terms, and where they can be undone until when."""

    customer: Customer
    terms: OfferTerms
    plan: str
    first_due: Money | None
    undo_url: str | None
    undo_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartEmail:
    """What the email before the end of a pause says."""

    customer: Customer
    plan: str
    restarts_at: datetime
    amount: Money
    tax: TaxKind
    portal_url: str | None
    pays_by_invoice: bool = False
    days_until_due: int | None = None
