"""How a seeded customer's past is told: when they joined, what for, and what happened to them since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.stripe.account import Account
from sandbox.stripe.ledger import DAY, Json
from sandbox.stripe.periods import add_months

Happening = Callable[[Account, Json, Json], object]
"""Something done to the account, the customer and their latest subscription."""


@dataclass(frozen=True)
class Seeded:
    """One customer of the seed: a one-word handle, what Stripe has on file, why they are here, and their past.

    `consent` is the key of their metadata that says yes to emails with offers; None for who never said so.
    """

    handle: str
    name: str
    email: str | None
    about: str
    past: Callable[[Story], Story]
    country: str | None = "US"
    consent: str | None = "marketing_consent"

    @property
    def id(self) -> str:
        return f"cus_Seed{self.handle.capitalize()}"

    def subscription_id(self, number: int = 1) -> str:
        """Return the id of their first, second … subscription."""
        return f"sub_Seed{self.handle.capitalize()}{'' if number == 1 else number}"


class Story:
    """Collects what happens to one customer, each thing with its moment in Unix seconds."""

    def __init__(self, account: Account, seeded: Seeded, prices: dict[str, Json]) -> None:
        self._account = account
        self._seeded = seeded
        self._prices = prices
        self._customer: Json = {}
        self._subscriptions: list[Json] = []
        self._now = account.ledger.now
        self.steps: list[tuple[int, Callable[[], object]]] = []

    def exists(self, days: float = 100) -> Story:
        """Be a customer for so many days, subscribed to nothing."""
        return self._step(self._now - int(days * DAY), self._create)

    def joined(
        self,
        *lines: str | tuple[str, int],
        months: int = 0,
        days: float = 12,
        on_day: int | None = None,
        card: dict[str, Any] | None = None,
        has_card: bool = True,
        coupons: tuple[str, ...] = (),
        tax_rates: tuple[str, ...] = (),
        trial_days: float | None = None,
        ends_in_days: float | None = None,
        **terms: Any,
    ) -> Story:
        """Subscribe so many months and days ago: the last monthly renewal was `days` ago.

        With `on_day` it was on the last such day of a month before that.
        `lines` are names of prices or pairs of name and quantity; `terms` go to `Account.subscribe`.
        """
        start = add_months(self._now - int(days * DAY), -months)
        while on_day is not None and datetime.fromtimestamp(start, UTC).day != on_day:
            start -= DAY
        if trial_days is not None:
            terms["trial_end"] = start + int(trial_days * DAY)
        if ends_in_days is not None:
            terms["cancel_at"] = self._now + int(ends_in_days * DAY)

        def subscribe() -> None:
            self._create()
            ledger = self._account.ledger
            if has_card and not ledger.all("payment_method", customer=self._customer["id"]):
                self._account.cards.attach(self._customer, **card or {})
            pairs = [line if isinstance(line, tuple) else (line, 1) for line in lines]
            self._subscriptions.append(
                self._account.subscribe(
                    self._customer,
                    *((self._prices[name], quantity) for name, quantity in pairs),
                    coupons=[ledger.get("coupon", each) for each in coupons],
                    tax_rates=[ledger.get("tax_rate", each) for each in tax_rates],
                    identifier=self._seeded.subscription_id(len(self._subscriptions) + 1),
                    **terms,
                )
            )

        return self._step(start, subscribe)

    def then(self, days: float, happening: Happening) -> Story:
        """Let something happen so many days ago."""
        return self._step(
            self._now - int(days * DAY), lambda: happening(self._account, self._customer, self._subscriptions[-1])
        )

    def _step(self, moment: int, do: Callable[[], object]) -> Story:
        self.steps.append((moment, do))
        return self

    def _create(self) -> None:
        if not self._customer:
            seeded = self._seeded
            self._customer = self._account.create_customer(
                email=seeded.email,
                name=seeded.name,
                country=seeded.country,
                metadata={seeded.consent: "yes"} if seeded.consent else {},
                identifier=seeded.id,
            )
