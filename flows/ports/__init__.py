"""What the flows need of the outside: each port is spoken by one room. Failures: see `flows.failures`."""

from flows.ports.billing import AddressChange, Billing, Leavers, Matches, Notice, Notices, PortalSetup, Reading
from flows.ports.chat import Chat, Denied, Directory, Staff
from flows.ports.clock import Clock, NewId
from flows.ports.emails import LetterWriter, Post
from flows.ports.offer_billing import CheckoutSession, InvoicePreview, PaidInvoice, PromotionCode, Selling

__all__ = [
    "AddressChange",
    "Billing",
    "Chat",
    "CheckoutSession",
    "Clock",
    "Denied",
    "Directory",
    "InvoicePreview",
    "Leavers",
    "LetterWriter",
    "Matches",
    "NewId",
    "Notice",
    "Notices",
    "PaidInvoice",
    "PortalSetup",
    "Post",
    "PromotionCode",
    "Reading",
    "Selling",
    "Staff",
]
