"""The account: everything Stripe keeps for one company, and what its customers, staff and banks do there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.clock import Clock
from sandbox.stripe.access import Access
from sandbox.stripe.billing_engine import BillingEngine
from sandbox.stripe.bills import Bills
from sandbox.stripe.catalog import Catalog
from sandbox.stripe.checkout import Checkout
from sandbox.stripe.customers import Customers
from sandbox.stripe.engine import Engine
from sandbox.stripe.errors import Refusal
from sandbox.stripe.idempotency import Idempotency
from sandbox.stripe.ledger import OVER, Json, Ledger
from sandbox.stripe.portal.sessions import Portal
from sandbox.stripe.previews import Previews
from sandbox.stripe.schedules import Schedules
from sandbox.stripe.search import Search
from sandbox.stripe.webhooks import Webhooks


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, or one webhook (`method="EVENT"`), for those who watch."""

    method: str
    path: str
    route: str
    params: Json
    status: int
    body: Json
    headers: dict[str, str]


class Account:
    """A Stripe account in the sandbox.

    The actions below are what happens outside the API: a customer in the portal, staff in the Dashboard, a bank. Each
    takes and returns Stripe's own objects as plain dictionaries, which stay current, and emits Stripe's events.
    `latency` delays every answer of the API; `observers` see every exchange.
    """

    def __init__(self, clock: Clock, *, livemode: bool = False) -> None:
        self.clock = clock
        self.ledger = ledger = Ledger(clock, livemode=livemode)
        self.access = Access(livemode=livemode)
        self.idempotency = Idempotency()
        self.latency = timedelta()
        self.observers: list[Callable[[Exchange], None]] = []
        self.bills = Bills(ledger)
        engine = BillingEngine(ledger, self.bills)
        self.cards, self.payments, self.invoices = engine.cards, engine.payments, engine.invoices
        self.coupons, self.promotion_codes, self.discounts = engine.coupons, engine.promotion_codes, engine.discounts
        self.cycle, self.subscriptions, self.subscribe = engine.cycle, engine.subscriptions, engine.signup.subscribe
        self.schedules = Schedules(ledger, self.subscriptions)
        self.catalog = Catalog(ledger, self.coupons)
        self.customers = Customers(ledger)
        self.previews = Previews(ledger, self.bills)
        self.engine = Engine(ledger, self.subscriptions, self.invoices, self.cycle)
        self.checkout = Checkout(ledger, self.subscribe, self.discounts, self.previews, self.customers)
        self.engine.sources.insert(0, self.schedules.dues)  # a phase begins before its first period is billed
        self.engine.sources += [self.coupons.dues, self.promotion_codes.dues, self.checkout.dues]
        self.search = Search(ledger)
        self.portal = Portal(ledger)
        self.webhooks = Webhooks(ledger)
        self.webhooks.observers.append(self._observe_event)
        self.create_customer = self.customers.create
        clock.on_move(self.run_until)

    def run_until(self, moment: datetime) -> None:
        """Do all that falls due up to a moment."""
        self.engine.run_until(int(moment.timestamp()))

    @property
    def events(self) -> list[Json]:
        """All events that Stripe still keeps, oldest first."""
        return self.ledger.all("event")

    def live_subscriptions(self, customer: Json) -> list[Json]:
        """List what a customer has that is not over, oldest first."""
        return [each for each in self.ledger.all("subscription", customer=customer["id"]) if each["status"] not in OVER]

    def request_cancellation(self, subscription: Json, configuration: Json | None = None) -> None:
        """Press *Cancel plan* in the portal, of the default configuration or another: the first of its two events."""
        settings = (configuration or self.portal.configuration)["features"]["subscription_cancel"]
        with self._in_portal():
            if settings["mode"] == "immediately":
                self.subscriptions.end(subscription, reason="cancellation_requested")
            else:
                self.subscriptions.ask_to_end(subscription)

    def answer_survey(
        self, subscription: Json, feedback: str | None, comment: str | None = None, feedback_option: Json | None = None
    ) -> None:
        """Answer the portal's survey after cancelling: the second event."""
        option = feedback_option["id"] if feedback_option else None
        with self._in_portal():
            self.subscriptions.answer(subscription, feedback=feedback, comment=comment, feedback_option=option)

    def portal_cancel(self, subscription: Json, feedback: str | None = None, comment: str | None = None) -> None:
        """Cancel in the portal and, if a feedback is given, answer the survey."""
        self.request_cancellation(subscription)
        if feedback:
            self.answer_survey(subscription, feedback, comment)

    def take_back(self, subscription: Json) -> None:
        """Press *Don't cancel* in the portal."""
        with self._in_portal():
            self.subscriptions.take_back(subscription)

    def cancel_now(self, subscription: Json) -> None:
        """Cancel at once in the Dashboard."""
        with self._in_portal():
            self.subscriptions.end(subscription, reason="cancellation_requested")

    def api_cancel(self, subscription: Json, comment: str | None = None) -> None:
        """Let the company's own software cancel at the period's end through the API."""
        changes: Json = {"cancel_at_period_end": True}
        if comment:
            changes["cancellation_details"] = {"comment": comment}
        with self._in_portal(idempotency_key="staff-" + self.ledger.new_id("request")):
            self.subscriptions.update(subscription, changes)

    def fail_payments(self, customer: Json, decline_code: str = "insufficient_funds") -> None:
        """Let the bank decline this customer's cards from now on, or no transfer arrive; the next invoice shows it."""
        self.invoices.late.add(customer["id"])
        for card in self.ledger.all("payment_method", customer=customer["id"]):
            self.cards.declines[card["id"]] = decline_code

    def honour_payments(self, customer: Json) -> None:
        """Let the bank accept this customer's cards again, and transfers arrive: those that are late at once."""
        self.invoices.late.discard(customer["id"])
        for subscription in self.live_subscriptions(customer):
            self._pay_late(subscription)
        for card in self.ledger.all("payment_method", customer=customer["id"]):
            self.cards.declines.pop(card["id"], None)

    def refund(self, invoice: Json, amount: int | None = None) -> Json:
        """Give a paid invoice's money back, or an amount of it in minor units."""
        return self.payments.refund(self._charge_of(invoice), amount)

    def dispute(self, subscription: Json) -> None:
        """Let the bank claim the last payment back; the account is set to cancel then.

        Raises:
            Refusal: nothing was paid yet, or it has ended already.
        """
        paid = [invoice for invoice in self.invoices.of(subscription, status="paid") if invoice["payments"]["data"]]
        if not paid:
            raise Refusal("Nothing was paid yet that could be disputed.")
        self.payments.dispute(self._charge_of(paid[-1]))
        self.subscriptions.end(subscription, reason="payment_disputed")

    def update_email(self, customer: Json, email: str) -> None:
        """Change the address on file."""
        self.customers.update(customer, {"email": email})

    def delete_customer(self, customer: Json) -> None:
        """Delete a customer; what still runs ends at once (Stripe: Delete a customer)."""
        for subscription in self.live_subscriptions(customer):
            self.subscriptions.end(subscription, reason="cancellation_requested")
        self.customers.delete(customer)

    def schedule(self, subscription: Json, *, ends_at: int | None = None) -> None:
        """Let a subscription schedule lead a subscription, and end it at a moment, in Unix seconds, if one is given.

        ASSUMED[scheduled-subscriptions]: such an end sets `cancel_at` alone, with no request and no reason.
        """
        with self.ledger.changing(subscription, event="customer.subscription.updated"):
            subscription["schedule"] = self.ledger.new_id("subscription_schedule")
            if ends_at is not None:
                subscription["cancel_at"] = ends_at

    def _pay_late(self, subscription: Json) -> None:
        if subscription["collection_method"] != "send_invoice" or subscription["status"] != "past_due":
            return
        for invoice in self.invoices.of(subscription, status="open"):
            self.invoices.fall_due(invoice)
        self.cycle.set_status(subscription, "active")

    def _charge_of(self, invoice: Json) -> Json:
        intent = self.ledger.get("payment_intent", invoice["payments"]["data"][0]["payment"]["payment_intent"])
        return self.ledger.get("charge", intent["latest_charge"])

    @contextmanager
    def _in_portal(self, idempotency_key: str | None = None) -> Iterator[None]:
        """Act through a request of Stripe's own pages, or of somebody's software if a key is given."""
        with self.ledger.asked_by(self.ledger.new_id("request"), idempotency_key):
            yield

    def _observe_event(self, event: Json) -> None:
        for observer in self.observers:
            observer(Exchange("EVENT", event["type"], event["type"], {}, 200, event, {}))
