"""Time in the account: renewals, trials that end, retried payments and scheduled ends, each at its own due moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sandbox.stripe.bills import Bills
from sandbox.stripe.discounts import Discounts
from sandbox.stripe.invoices import Invoices
from sandbox.stripe.ledger import DAY, Json, Ledger
from sandbox.stripe.periods import period_end
from sandbox.stripe.subscriptions import OVER, UPDATED, Subscriptions

INCOMPLETE_FOR = 23 * 3600
"""Seconds after which an unconfirmed first payment expires (Stripe: How subscriptions work)."""
Due = tuple[int, Callable[[Json], None]]


class Engine:
    """Does what falls due; `when_given_up` says what becomes of a subscription after the last failed attempt."""

    def __init__(
        self,
        ledger: Ledger,
        subscriptions: Subscriptions,
        bills: Bills,
        invoices: Invoices,
        discounts: Discounts,
    ) -> None:
        self._ledger = ledger
        self._bills = bills
        self._subscriptions = subscriptions
        self._invoices = invoices
        self._discounts = discounts
        self._reminded: set[str] = set()
        self.when_given_up = "cancel"

    def run_until(self, until: int) -> None:
        """Do everything due up to this moment, in Unix seconds, in the order of the due moments."""
        while due := self._next(until):
            at, subscription, action = due
            with self._ledger.at(at):
                action(subscription)

    def _next(self, until: int) -> tuple[int, Json, Callable[[Json], None]] | None:
        soonest: tuple[int, Json, Callable[[Json], None]] | None = None
        for subscription in self._ledger.objects["subscription"].values():
            if subscription["status"] in OVER:
                continue
            for at, action in self._dues(subscription):
                if at <= until and (soonest is None or at < soonest[0]):
                    soonest = (at, subscription, action)
        return soonest

    def _dues(self, subscription: Json) -> Iterator[Due]:
        """List what this subscription has before it; of what falls together, the first is done first."""
        status = subscription["status"]
        if subscription["cancel_at"] is not None:
            yield subscription["cancel_at"], self._end_as_scheduled
        if status == "incomplete":
            yield subscription["created"] + INCOMPLETE_FOR, self._expire
            return
        if status == "paused":
            return
        if status == "trialing":
            if subscription["id"] not in self._reminded:
                yield max(subscription["trial_end"] - 3 * DAY, subscription["created"]), self._remind_of_trial
            yield subscription["trial_end"], self._end_trial
            return
        paused = subscription["pause_collection"]
        if paused and paused["resumes_at"] is not None:
            yield paused["resumes_at"], self._collect_again
        if status == "past_due":
            for invoice in self._invoices.of(subscription, status="open"):
                if invoice["next_payment_attempt"] is not None:
                    yield invoice["next_payment_attempt"], self._retry
        yield min(item["current_period_end"] for item in subscription["items"]["data"]), self._renew

    def _end_as_scheduled(self, subscription: Json) -> None:
        self._subscriptions.end(subscription, reason=None, at_schedule=True)

    def _expire(self, subscription: Json) -> None:
        for invoice in self._invoices.of(subscription, status="open"):
            self._invoices.give_up(invoice)
        with self._ledger.changing(subscription, event=UPDATED):
            subscription["status"] = "incomplete_expired"
            subscription["ended_at"] = self._ledger.now

    def _remind_of_trial(self, subscription: Json) -> None:
        self._reminded.add(subscription["id"])
        self._ledger.emit("customer.subscription.trial_will_end", subscription)

    def _end_trial(self, subscription: Json) -> None:
        behavior = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
        if not self._invoices.has_card(subscription) and behavior != "create_invoice":
            if behavior == "cancel":
                self._subscriptions.end(subscription, reason=None)
            else:
                self._subscriptions.pause(subscription, why="trial_end_without_payment_method")
            return
        self._renew(subscription)

    def _collect_again(self, subscription: Json) -> None:
        self._subscriptions.pause_collection(subscription, None)

    def _renew(self, subscription: Json) -> None:
        now = self._ledger.now
        with self._ledger.changing(subscription, event=UPDATED):
            if subscription["status"] == "trialing":
                subscription["status"] = "active"
            renewed = [item for item in subscription["items"]["data"] if item["current_period_end"] <= now]
            anchor = subscription["billing_cycle_anchor"]
            for item in renewed:
                item["current_period_start"] = item["current_period_end"]
                item["current_period_end"] = period_end(
                    item["current_period_start"], item["price"]["recurring"], anchor=anchor
                )
            self._discounts.drop_ended(subscription)
            invoice = self._bills.draw_up(subscription, renewed, reason="subscription_cycle")
            subscription["latest_invoice"] = invoice["id"]
            self._discounts.drop_used(subscription)
        self._collect(subscription, invoice)

    def _collect(self, subscription: Json, invoice: Json) -> None:
        paused = subscription["pause_collection"]
        if paused and paused["behavior"] == "void":
            self._invoices.give_up(invoice)
        elif paused and paused["behavior"] == "mark_uncollectible":
            invoice["status"] = "uncollectible"
        elif paused or subscription["status"] == "unpaid":
            invoice["status"] = "draft"
        elif self._invoices.collect(subscription, invoice):
            if subscription["status"] == "past_due" and not self._invoices.of(subscription, status="open"):
                self._subscriptions.set_status(subscription, "active")
        elif subscription["status"] != "past_due":
            self._subscriptions.set_status(subscription, "past_due")

    def _retry(self, subscription: Json) -> None:
        due = [
            invoice
            for invoice in self._invoices.of(subscription, status="open")
            if (invoice["next_payment_attempt"] or self._ledger.now + 1) <= self._ledger.now
        ]
        for invoice in due:
            self._collect(subscription, invoice)
        if any(invoice["status"] == "open" and invoice["next_payment_attempt"] is None for invoice in due):
            self._give_up(subscription)

    def _give_up(self, subscription: Json) -> None:
        if self.when_given_up == "cancel":
            self._subscriptions.end(subscription, reason="payment_failed")
        elif self.when_given_up == "unpaid":
            self._subscriptions.set_status(subscription, "unpaid")
