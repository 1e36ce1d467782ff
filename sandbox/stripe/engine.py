"""Time in the account: renewals, trials that end, retried payments and scheduled ends, each at its own due moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from sandbox.stripe.cycle import UPDATED, Cycle
from sandbox.stripe.invoices import Invoices
from sandbox.stripe.ledger import DAY, OVER, Due, Json, Ledger
from sandbox.stripe.subscriptions import Subscriptions

INCOMPLETE_FOR = 23 * 3600
"""Seconds after which an unconfirmed first payment expires (Stripe: How subscriptions work)."""


class Engine:
    """Does what falls due.

    `when_given_up` says what becomes of a subscription after the last failed attempt; `sources` list what else falls
    due in the account, each thing until it has happened.
    """

    def __init__(self, ledger: Ledger, subscriptions: Subscriptions, invoices: Invoices, cycle: Cycle) -> None:
        self._ledger = ledger
        self._subscriptions = subscriptions
        self._invoices = invoices
        self._cycle = cycle
        self._reminded: set[tuple[str, int]] = set()
        self.sources: list[Callable[[], Iterable[Due]]] = [self._dues]
        self.when_given_up = "cancel"

    def run_until(self, until: int) -> None:
        """Do everything due up to this moment, in Unix seconds, in the order of the due moments."""
        while due := self._next(until):
            at, happen = due
            with self._ledger.at(at):
                happen()

    def _next(self, until: int) -> Due | None:
        soonest: Due | None = None
        for source in self.sources:
            for due in source():
                if due[0] <= until and (soonest is None or due[0] < soonest[0]):
                    soonest = due
        return soonest

    def _dues(self) -> Iterator[Due]:
        for subscription in self._ledger.objects["subscription"].values():
            if subscription["status"] not in OVER:
                for at, happen in self._ahead(subscription):
                    yield at, partial(happen, subscription)

    def _ahead(self, subscription: Json) -> Iterator[tuple[int, Callable[[Json], None]]]:
        """List what this subscription has before it; of what falls together, the first is done first."""
        status = subscription["status"]
        if subscription["cancel_at"] is not None:
            yield subscription["cancel_at"], self._end_as_scheduled
        if status == "incomplete":
            yield subscription["created"] + INCOMPLETE_FOR, self._expire
            return
        if status == "paused":
            return
        paused = subscription["pause_collection"]
        if paused and paused["resumes_at"] is not None:
            yield paused["resumes_at"], self._collect_again
        if status == "trialing":
            if (subscription["id"], subscription["trial_end"]) not in self._reminded:
                yield max(subscription["trial_end"] - 3 * DAY, subscription["created"]), self._remind_of_trial
            yield subscription["trial_end"], self._end_trial
            return
        yield from self._unpaid(subscription)
        yield min(item["current_period_end"] for item in subscription["items"]["data"]), self._renew

    def _unpaid(self, subscription: Json) -> Iterator[tuple[int, Callable[[Json], None]]]:
        """List when open invoices fall due or are tried again."""
        status = subscription["status"]
        for invoice in self._invoices.of(subscription, status="open"):
            if status == "active" and invoice["due_date"] is not None:
                yield invoice["due_date"], partial(self._fall_due, invoice)
            if status == "past_due" and invoice["next_payment_attempt"] is not None:
                yield invoice["next_payment_attempt"], self._retry

    def _end_as_scheduled(self, subscription: Json) -> None:
        self._subscriptions.end(subscription, reason=None, at_schedule=True)

    def _expire(self, subscription: Json) -> None:
        for invoice in self._invoices.of(subscription, status="open"):
            self._invoices.give_up(invoice)
        with self._ledger.changing(subscription, event=UPDATED):
            subscription["status"] = "incomplete_expired"
            subscription["ended_at"] = self._ledger.now

    def _remind_of_trial(self, subscription: Json) -> None:
        self._reminded.add((subscription["id"], subscription["trial_end"]))
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
        self._cycle.collect(subscription, self._cycle.renew(subscription))

    def _retry(self, subscription: Json) -> None:
        due = [
            invoice
            for invoice in self._invoices.of(subscription, status="open")
            if (invoice["next_payment_attempt"] or self._ledger.now + 1) <= self._ledger.now
        ]
        for invoice in due:
            self._cycle.collect(subscription, invoice)
        if any(invoice["status"] == "open" and invoice["next_payment_attempt"] is None for invoice in due):
            self._give_up(subscription)

    def _fall_due(self, invoice: Json, subscription: Json) -> None:
        """Make a subscription past due whose invoice isn't paid by its due date (Stripe: `collection_method`)."""
        if not self._invoices.fall_due(invoice):
            self._cycle.set_status(subscription, "past_due")

    def _give_up(self, subscription: Json) -> None:
        if self.when_given_up == "cancel":
            self._subscriptions.end(subscription, reason="payment_failed")
        elif self.when_given_up == "unpaid":
            self._cycle.set_status(subscription, "unpaid")
