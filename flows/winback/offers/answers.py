"""Answers of the pages for offers, *Undo* and unsubscribing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.billing.subscription import Card, OpenInvoice
from domain.money import Money
from domain.winback.terms import OfferTerms
from flows.ports import InvoicePreview


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferPage:
    """The offer as its page shows it, with nothing that somebody with a forwarded link mustn't see.

    `first` is Stripe's preview of the first invoice, None if accepting charges nothing soon (a pause, a longer trial):
    then `terms` says when billing restarts. `card` is None where none is charged. `open_invoice` is an earlier invoice
    that is still to be paid, which the offer doesn't change. `agreed` identifies what is shown. The form sends it back,
    and if it no longer matches, the page is shown again and nothing is charged. `no_thanks`: they said so before.
    """

    masked_name: str | None
    masked_address: str | None
    card: Card | None
    open_invoice: OpenInvoice | None
    plan: str
    new_plan: str | None
    terms: OfferTerms
    first: InvoicePreview | None
    agreed: str
    expires_at: datetime
    no_thanks: bool
    unsubscribe_token: str | None  # a secret of its own, good for nothing else; None: they were never emailed


@dataclass(frozen=True, slots=True, kw_only=True)
class NoThanks:
    """The customer wants no reminder and no other offer for this cancellation; until `expires_at` they can accept.

    `asks_why`: they haven't said why.
    """

    expires_at: datetime
    asks_why: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferChanged:
    """The figures changed after the page was opened; nothing was charged."""

    page: OfferPage


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectToStripe:
    """Go on to Stripe's Checkout or the portal's card page. The URL is a bearer secret."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """It is done; `undo_until` None: it can't be undone here. `first_due` is the agreed first payment."""

    terms: OfferTerms
    plan: str
    first_due: Money | None
    undo_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InProgress:
    """It is stored and being done; the customer needn't wait, because an email follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoPage:
    """What *Undo* takes back, and until when; the address is masked."""

    masked_address: str | None
    terms: OfferTerms
    plan: str
    undo_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """Everything is as it was before the customer accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageClosed:
    """There is nothing to accept here, and nothing happened."""

    why: Literal[
        "unknown", "expired", "withdrawn", "used", "back", "impossible", "costs_more", "taken_back", "undo_over"
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsubscribePage:
    """Who a link unsubscribes (masked), and whether that is done already."""

    masked_address: str | None
    done: bool
