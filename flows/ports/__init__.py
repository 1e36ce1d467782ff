"""The ports: what flows need from outside. One room implements each; all calls fail as in `flows.failures`."""

from flows.ports.billing import (
    AddressChange,
    Billing,
    CancelledSubscriptions,
    CustomerMatches,
    FailedPayment,
    InvalidEvent,
    PortalSetup,
    StripeEvent,
    SubscriptionReading,
    Webhooks,
)
from flows.ports.chat import Chat, Directory, NotStaff, Staff
from flows.ports.clock import Clock, NewId
from flows.ports.emails import EmailWriter, Mailer
from flows.ports.offer_billing import CheckoutSession, InvoicePreview, OfferBilling, PaidInvoice, PromotionCode
