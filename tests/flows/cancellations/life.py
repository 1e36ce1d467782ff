"""What one person does with their subscriptions in a sandbox's account, move by move."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sandbox.clock import Clock
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import DAY, OVER, Json

PAUSES = [0, 0, 0, 0, 1, 1, 2, 5, 400, 3 * DAY, 20 * DAY, 45 * DAY]
"""Seconds between two moves."""


@dataclass
class Life:
    """One person, under one customer object or several, and all that they subscribe to."""

    account: Account
    clock: Clock
    address: str
    subscriptions: list[Json] = field(default_factory=list)
    taken_back_at: dict[str, int] = field(default_factory=dict)
    words: int = 0

    def __post_init__(self) -> None:
        catalog = self.account.catalog
        pro, lite = catalog.add_product("Pro"), catalog.add_product("Lite")
        self.prices = [catalog.add_price(pro, 4900, "eur"), catalog.add_price(lite, 1900, "eur")]
        self.customers: list[Json] = []
        self.join()

    def join(self, *, card: bool = True) -> Json:
        """Become a customer, under the same address once more."""
        address = self.address.upper() if len(self.customers) % 2 else self.address
        customer = self.account.create_customer(name="Dana Scully", email=address)
        if card:
            self.account.cards.attach(customer)
        self.customers.append(customer)
        return customer

    def pause(self, seconds: int) -> None:
        """Let time pass."""
        self.clock.advance(timedelta(seconds=seconds))

    def moves(self) -> dict[str, Callable[[], object]]:
        """Return what can happen now, by name."""
        moves: dict[str, Callable[[], object]] = {}
        for number, subscription in enumerate(self.subscriptions, start=1):
            moves |= {f"{number}: {name}": move for name, move in self._moves_of(subscription).items()}
        if len(self.subscriptions) < 3:
            moves |= self._beginnings()
        if self.subscriptions:
            moves["is deleted as a customer"] = lambda: self.account.delete_customer(self._customer)
        return moves

    @property
    def _customer(self) -> Json:
        """The first customer object that is not deleted, or a new one."""
        known = (each for each in self.customers if each["id"] not in self.account.ledger.deleted)
        return next(known, None) or self.join()

    def _beginnings(self) -> dict[str, Callable[[], object]]:
        return {
            "subscribes": lambda: self._subscribe(self._customer),
            "subscribes, classic billing": lambda: self._subscribe(self._customer, flexible=False),
            "subscribes until a day": lambda: self._subscribe(self._customer, cancel_at=self._now + 50 * DAY),
            "tries it out without a card": lambda: self._subscribe(
                self.join(card=False), trial_end=self._now + 7 * DAY, without_card="cancel"
            ),
            "subscribes under another customer object": lambda: self._subscribe(self.join()),
        }

    def _moves_of(self, subscription: Json) -> dict[str, Callable[[], object]]:
        account, staff = self.account, self.account.subscriptions
        why: dict[str, Callable[[], object]] = {
            "says why": lambda: account.answer_survey(subscription, "too_expensive"),
            "says why in words": lambda: account.answer_survey(subscription, "other", self._said()),
        }
        if subscription["status"] in OVER:
            return why if subscription["status"] == "canceled" else {}
        customer = account.ledger.get("customer", subscription["customer"])
        moves: dict[str, Callable[[], object]] = {
            "ends at once": lambda: account.cancel_now(subscription),
            "is put on another plan": lambda: self._switch(subscription),
            "gets other seats": lambda: self._add_seats(subscription),
            "gets or loses a discount": lambda: self._discount(subscription),
            "gets a discount as a customer": lambda: account.discounts.give(customer, self._coupon(months=1)),
            "has cards declined": lambda: account.fail_payments(customer),
            "has cards accepted": lambda: account.honour_payments(customer),
        }
        if account.invoices.of(subscription, status="paid") and not self._on_trial(subscription):
            moves["disputes a payment"] = lambda: account.dispute(subscription)
        if subscription["cancel_at"] is None:
            moves |= {
                "asks in the portal": lambda: account.request_cancellation(subscription),
                "asks in the portal and says why": lambda: account.portal_cancel(subscription, "unused"),
                "is cancelled by staff": lambda: account.api_cancel(subscription, self._said()),
                "is given an end by staff": lambda: staff.update(subscription, {"cancel_at": self._now + 60 * DAY}),
            }
        else:
            moves |= why
            moves["gets another end"] = lambda: staff.update(subscription, {"cancel_at": self._now + 33 * DAY})
            if self.taken_back_at.get(subscription["id"]) != self._now:
                moves["takes it back"] = lambda: self._take_back(subscription)
        return moves

    @property
    def _now(self) -> int:
        return self.account.ledger.now

    def _on_trial(self, subscription: Json) -> bool:
        return bool(subscription["status"] == "trialing")

    def _subscribe(self, customer: Json, **terms: Any) -> None:
        self.subscriptions.append(self.account.subscribe(customer, self.prices[0], **terms))

    def _switch(self, subscription: Json) -> None:
        item = subscription["items"]["data"][0]
        other = self.prices[item["price"]["id"] == self.prices[0]["id"]]
        self.account.subscriptions.update(subscription, {"items": [{"id": item["id"], "price": other["id"]}]})

    def _add_seats(self, subscription: Json) -> None:
        item = subscription["items"]["data"][0]
        self.account.subscriptions.update(
            subscription, {"items": [{"id": item["id"], "quantity": item["quantity"] + 2}]}
        )

    def _discount(self, subscription: Json) -> None:
        """Give a subscription half off for a month, or take off what it has."""
        given = None if subscription["discounts"] else [{"coupon": self._coupon(months=1)["id"]}]
        self.account.subscriptions.update(subscription, {"discounts": given})

    def _coupon(self, *, months: int) -> Json:
        number = len(self.account.ledger.objects["coupon"])
        return self.account.catalog.add_coupon(
            f"HALF{number}", percent_off=50, duration="repeating", duration_in_months=months
        )

    def _said(self) -> str:
        self.words += 1
        return f"words number {self.words}"

    def _take_back(self, subscription: Json) -> None:
        """Take a request back: Stripe's data doesn't tell two apart that were both taken back within one second."""
        self.account.take_back(subscription)
        self.taken_back_at[subscription["id"]] = self._now
