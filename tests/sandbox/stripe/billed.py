"""An account without an API, in which time is told by hand: what a test bills, and how two invoices compare."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sandbox.clock import Clock
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import Json
from tests.sandboxes import START


def moment(day: str) -> int:
    """Convert `2034-01-31`, with or without a time of day, to a time in UTC."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


class Books:
    """One company's account from a day on, one to come: Stripe keeps no events of what is long past."""

    def __init__(self, day: str = "2034-01-15T09:30") -> None:
        self.account = Account(Clock(starts_at=START))
        self.now = moment(day)

    @contextmanager
    def today(self) -> Iterator[Account]:
        """Do things at the present moment of the books."""
        with self.account.ledger.at(self.now):
            yield self.account

    def price(self, amount: int = 4900, currency: str = "eur", *, product: str = "Pro", **terms: Any) -> Json:
        with self.today() as account:
            return account.catalog.add_price(account.catalog.add_product(product), amount, currency, **terms)

    def subscribe(self, *lines: Json | tuple[Json, int], **terms: Any) -> Json:
        """Start a subscription of a customer with a good card."""
        with self.today() as account:
            customer = account.create_customer(email="dana@acme-mail.com", country="DE")
            account.cards.attach(customer)
            return account.subscribe(customer, *lines, **terms)

    def update(self, subscription: Json, **changes: Any) -> None:
        with self.today() as account:
            account.subscriptions.update(subscription, changes)

    def wait(self, until: int | str) -> None:
        """Let time pass, up to a moment."""
        self.now = moment(until) if isinstance(until, str) else until
        self.account.engine.run_until(self.now)

    def invoices(self, subscription: Json) -> list[Json]:
        return self.account.invoices.of(subscription)

    def totals(self, subscription: Json) -> list[int]:
        return [invoice["total"] for invoice in self.invoices(subscription)]


def item_id(subscription: Json) -> str:
    """Return the id of the first item."""
    return str(subscription["items"]["data"][0]["id"])


def renewal(subscription: Json) -> int:
    """Return when the next invoice is due."""
    return min(int(item["current_period_end"]) for item in subscription["items"]["data"])


def figures(invoice: Json) -> Json:
    """Return everything that a customer pays for and sees of it, apart from random ids."""
    kept = (
        "amount_due", "created", "currency", "period_end", "period_start", "starting_balance", "subtotal", "total",
        "total_excluding_tax", "total_taxes",
    )  # fmt: skip
    return {key: invoice[key] for key in kept} | {
        "discounts": [each["amount"] for each in invoice["total_discount_amounts"]],
        "lines": [
            {key: line[key] for key in ("amount", "description", "period", "quantity", "taxes")}
            | {"off": [each["amount"] for each in line["discount_amounts"]], "pricing": line["pricing"]}
            for line in invoice["lines"]["data"]
        ],
    }
