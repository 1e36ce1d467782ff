"""What the pages of an offer, of *Undo* and of unsubscribing answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.billing.subscription import Card
from domain.money import Money
from domain.winback.terms import OfferTerms
from flows.ports import InvoicePreview


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferPage:
    """The offer as its page shows it; whoever holds a forwarded link sees no more than this.

    `first` is Stripe's own preview of the first invoice, None where nothing will be charged by accepting soon (a pause,
    a longer trial): then `terms` says when billing restarts. `agreed` names exactly what is shown: the POST brings it
    back, and where it is no longer so, the page is shown again and nothing is charged.
    """

    masked_name: str | None
    masked_address: str | None
    card: Card | None
    plan: str
    new_plan: str | None
    terms: OfferTerms
    first: InvoicePreview | None
    agreed: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferChanged:
    """The figures changed between look and click: nothing was charged."""

    page: OfferPage


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectToStripe:
    """Go on to Stripe: its Checkout, or the portal's card page. The address is a bearer secret."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """It is done; `undo_until` None: it cannot be undone here. `first_due` is what was agreed to be paid first."""

    terms: OfferTerms
    plan: str
    first_due: Money | None
    undo_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InProgress:
    """It was taken down and is being done: the customer need not wait, a letter will say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoPage:
    """What *Undo* takes back, and till when it can; the address is masked."""

    masked_address: str | None
    terms: OfferTerms
    plan: str
    undo_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """Everything is as it was before accepting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageClosed:
    """Nothing to accept here, said kindly; nothing happened."""

    why: Literal["unknown", "expired", "withdrawn", "used", "back", "impossible", "undo_over"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsubscribePage:
    """Whom a link unsubscribes (masked), and whether that is done already."""

    masked_address: str | None
    done: bool
