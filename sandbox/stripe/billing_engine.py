"""Everybody who bills the subscriptions of one ledger, wired together once."""

from __future__ import annotations

from sandbox.stripe.amendments import Amendments
from sandbox.stripe.bills import Bills
from sandbox.stripe.cards import Cards
from sandbox.stripe.coupons import Coupons
from sandbox.stripe.cycle import Cycle
from sandbox.stripe.discounts import Discounts
from sandbox.stripe.invoices import Invoices
from sandbox.stripe.ledger import Ledger
from sandbox.stripe.payments import Payments
from sandbox.stripe.promotion_codes import PromotionCodes
from sandbox.stripe.signup import Signup
from sandbox.stripe.subscriptions import Subscriptions


class BillingEngine:
    """What happens to subscriptions in a ledger: the account's own, or one set aside to try something out."""

    def __init__(self, ledger: Ledger, bills: Bills) -> None:
        self.bills = bills
        self.cards = Cards(ledger)
        self.payments = Payments(ledger, self.cards)
        self.invoices = Invoices(ledger, bills, self.cards, self.payments)
        self.coupons = Coupons(ledger)
        self.promotion_codes = PromotionCodes(ledger, self.coupons)
        self.discounts = Discounts(ledger, self.coupons, self.promotion_codes)
        self.cycle = Cycle(ledger, bills, self.invoices, self.discounts)
        amendments = Amendments(ledger, bills, self.discounts, self.cycle)
        self.subscriptions = Subscriptions(ledger, self.invoices, self.cycle, amendments)
        self.signup = Signup(ledger, bills, self.invoices, self.discounts, self.cycle)
