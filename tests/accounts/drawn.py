"""Random subscriptions with prices, discounts, taxes, a trial or a pause, and how to set one up in an account."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import strategies as st

from sandbox.stripe.account import Account
from sandbox.stripe.catalog import Tiers
from sandbox.stripe.ledger import DAY, Json

INTERVALS = [*[("month", 1)] * 3, ("week", 1), ("week", 2), ("month", 3), ("year", 1), ("year", 2)]
KINDS = frozenset(
    {
        "unit price", "fraction price", "packs price", "graduated price", "volume price", "metered price",
        "every 1 day", "every 1 month", "every 1 week", "every 2 week", "every 3 month", "every 1 year", "every 2 year",
        "once discount", "repeating discount", "forever discount", "percent off", "amount off",
        "tax: none", "tax: hand", "tax: stripe", "currency: eur", "currency: usd", "currency: jpy", "currency: kwd",
        "currency: isk or ugx", "discount in kwd", "discount in isk or ugx", "option with tiers", "archived price",
        "schedule", "customer none", "customer reverse", "customer exempt", "currency option", "customer's discount",
        "customer's discount for later", "customer's discount in another currency",
        "subscription's discount", "item's discount", "limited discount", "several items", "several intervals",
        "more than a page of items", "quantity 0", "trial", "pause", "sent invoice", "credit",
        "anchor on the 29th to 31st",
    }
)  # fmt: skip
"""All that an account is drawn with."""

UNEVEN = {"kwd": 10_000, "isk": 100_000, "ugx": 100_000}
"""What amounts are a multiple of in currencies that can't charge all, so that they can after four discounts."""


@dataclass(frozen=True, kw_only=True)
class Off:
    """A coupon: percent, or an amount in the currency that is paid or in another that it also knows."""

    percent: float | None
    amount: int
    foreign: bool
    duration: str
    months: int
    limited: bool  # to the first item's product


@dataclass(frozen=True, kw_only=True)
class Line:
    """An item with a price of its own."""

    kind: str  # "unit" | "fraction" | "packs" | "graduated" | "volume" | "metered"
    amount: int
    flat: int  # what the first and the second tier cost besides
    interval: tuple[str, int]
    quantity: int
    off: Off | None
    rate: float | None
    inclusive: bool
    behavior: str
    archived: bool


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A subscription to be, from `start` on, and how long it has run when it is read."""

    start: datetime
    currency: str
    base: str  # of prices; another one is paid by an option
    lines: tuple[Line, ...]
    own: tuple[Off, ...]
    customers: Off | None
    late: bool  # the customer's discount came after the first invoices
    abroad: bool  # an amount of it is in another currency only, and takes nothing off
    tax: str  # "none" | "hand" | "stripe"
    default: str  # of the account's tax settings
    exempt: str
    trial: int | None
    paused: int | None
    sent: bool
    credit: int
    read_after: int
    scheduled: bool

    @property
    def kinds(self) -> Iterator[str]:
        """Name all that is special about it."""
        everywhere = [*self.own, *([self.customers] if self.customers else []), *(x.off for x in self.lines if x.off)]
        yield from {f"{line.kind} price" for line in self.lines} | {
            f"every {line.interval[1]} {line.interval[0]}" for line in self.lines
        }
        yield from {f"{off.duration} discount" for off in everywhere}
        yield from {"percent off" if off.percent else "amount off" for off in everywhere}
        currency = "isk or ugx" if self.currency in {"isk", "ugx"} else self.currency
        yield from {f"tax: {self.tax}", f"currency: {currency}", f"customer {self.exempt}"}
        marks = {
            f"discount in {currency}": bool(everywhere) and self.currency in UNEVEN,
            "currency option": self.base != self.currency,
            "option with tiers": self.base != self.currency
            and any(line.kind in {"graduated", "volume"} for line in self.lines),
            "archived price": any(line.archived for line in self.lines),
            "schedule": self.scheduled,
            "customer's discount": self.customers is not None,
            "customer's discount for later": self.customers is not None and self.late,
            "customer's discount in another currency": self.customers is not None
            and self.abroad
            and not self.customers.percent,
            "subscription's discount": bool(self.own),
            "item's discount": any(line.off for line in self.lines),
            "limited discount": any(off.limited for off in everywhere),
            "several items": len(self.lines) > 1,
            "several intervals": len({line.interval for line in self.lines}) > 1,
            "more than a page of items": len(self.lines) > 10,
            "quantity 0": any(line.quantity == 0 for line in self.lines),
            "trial": self.trial is not None,
            "pause": self.paused is not None,
            "sent invoice": self.sent,
            "credit": self.credit > 0,
            "anchor on the 29th to 31st": self.start.day > 28,
        }
        yield from (name for name, holds in marks.items() if holds)


def _off(chance: Random, currency: str) -> Off:
    percents = [20.0, 50.0, 100.0] if currency in UNEVEN else [20.0, 33.3, 12.5, 100.0]
    return Off(
        percent=chance.choice([None, None, *percents]),
        amount=chance.randint(1, 60) * UNEVEN.get(currency, 35),
        foreign=chance.random() < 0.5,
        duration=chance.choice(["once", "repeating", "repeating", "forever", "forever"]),
        months=chance.randint(1, 30),
        limited=chance.random() < 0.33,
    )


def _line(chance: Random, currency: str) -> Line:
    uneven = UNEVEN.get(currency)
    kinds = ["unit", "unit", "graduated", "volume", "metered", "packs", "packs"]
    return Line(
        kind=chance.choice(kinds if uneven else [*kinds, "fraction", "fraction"]),
        amount=chance.randint(30, 300) * (4 * uneven if uneven else 33),
        flat=uneven or 500,
        interval=chance.choice(INTERVALS),
        quantity=chance.choice([1, 1, 1, 0, 2, 3, 10, 11, 500]),
        off=_off(chance, currency) if chance.random() < 0.33 else None,
        rate=chance.choice([None, 19.0, 7.0, 8.1, 20.0]),
        inclusive=chance.random() < 0.5,
        behavior=chance.choice(["inclusive", "exclusive", "unspecified"]),
        archived=chance.random() < 0.2,
    )


def draw(chance: Random) -> Drawn:
    """Draw a subscription."""
    currency = chance.choice(["eur", "eur", "eur", "usd", "usd", "jpy", "jpy", "kwd", "kwd", "isk", "ugx"])
    lines = [_line(chance, currency) for _ in range(chance.choice([1, 1, 1, 2, 3, 12]))]
    if chance.random() < 0.12:
        lines[-1] = replace(lines[-1], interval=("day", 1))
    trial = chance.choice([None, None, 5, 40])
    return Drawn(
        start=datetime(2034, 1, chance.choice([15, 5, 28, 29, 30, 31]), 9, 30, tzinfo=UTC),
        currency=currency,
        base=chance.choice([currency, "gbp"]),
        lines=tuple(lines),
        own=tuple(_off(chance, currency) for _ in range(chance.choice([0, 1, 2]))),
        customers=_off(chance, currency) if chance.random() < 0.5 else None,
        late=chance.random() < 0.4,
        abroad=chance.random() < 0.4,
        tax="none" if currency in UNEVEN else chance.choice(["none", "hand", "hand", "stripe"]),
        default=chance.choice(["inclusive", "exclusive", "inferred_by_currency"]),
        exempt=chance.choice(["none", "none", "none", "reverse", "exempt"]),
        trial=trial,
        paused=None if trial else chance.choice([20, 70, None]),
        sent=chance.random() < 0.33,
        credit=chance.choice([0, 200_000]),
        read_after=chance.randint(0, 45),
        scheduled=chance.random() < 0.2,
    )


def subscriptions() -> st.SearchStrategy[Drawn]:
    """Draw a subscription, from one number: parts that Hypothesis draws are much alike from one example to the next."""
    return st.randoms(use_true_random=True).map(draw)


def set_up(drawn: Drawn, account: Account) -> Json:
    """Make all that was drawn in an account, up to the day on which it is read."""
    account.ledger.tax_settings["defaults"]["tax_behavior"] = drawn.default
    customer = account.create_customer(email="dana@acme-mail.com", country="DE")
    account.cards.attach(customer)
    customer |= {"tax_exempt": drawn.exempt, "balance": -drawn.credit}
    products = [account.catalog.add_product(f"Product {number}") for number in range(len(drawn.lines))]
    coupons = _Coupons(account, drawn, products[0])
    if drawn.customers and not drawn.late:
        account.discounts.give(customer, coupons.make(drawn.customers, abroad=drawn.abroad))
    rates = [_rate(account, line, number) if drawn.tax == "hand" else [] for number, line in enumerate(drawn.lines)]
    subscription = account.subscribe(
        customer,
        *(
            (_price(account, drawn, line, product), line.quantity)
            for line, product in zip(drawn.lines, products, strict=True)
        ),
        currency=drawn.currency,
        coupons=[coupons.make(off) for off in drawn.own],
        automatic_tax=drawn.tax == "stripe",
        trial_end=account.ledger.now + drawn.trial * DAY if drawn.trial else None,
        collection_method="send_invoice" if drawn.sent else "charge_automatically",
        items=[
            ([coupons.make(line.off)] if line.off else [], own) for line, own in zip(drawn.lines, rates, strict=True)
        ],
    )
    account.clock.advance(timedelta(days=drawn.read_after))
    if drawn.customers and drawn.late:
        account.discounts.give(customer, coupons.make(drawn.customers, abroad=drawn.abroad))
    if drawn.paused is not None:
        account.subscriptions.pause_collection(subscription, "void", resumes_at=account.ledger.now + drawn.paused * DAY)
    for line, item in zip(drawn.lines, subscription["items"]["data"], strict=True):
        item["price"]["active"] = not line.archived
    if drawn.scheduled:
        account.schedule(subscription)
    return subscription


def let_end(drawn: Drawn, account: Account, subscription: Json) -> None:
    """Let a subscription end with its period: its customer cancels, or the schedule that leads it is to end it."""
    if drawn.scheduled:
        ends = min(item["current_period_end"] for item in subscription["items"]["data"])
        account.schedule(subscription, ends_at=ends)
    else:
        account.subscriptions.update(subscription, {"cancel_at_period_end": True})


def _rate(account: Account, line: Line, number: int) -> list[Json]:
    if line.rate is None:
        return []
    return [account.catalog.add_tax_rate(line.rate, "DE", "VAT", identifier=f"txr_{number}", inclusive=line.inclusive)]


def _price(account: Account, drawn: Drawn, line: Line, product: Json) -> Json:
    tiers: Tiers = ()
    amount: Any = line.amount + Decimal("0.4") if line.kind == "fraction" else line.amount
    terms: dict[str, Any] = {}
    if line.kind in {"graduated", "volume"}:
        tiers = [
            (2, line.amount, line.flat),
            (10, line.amount // 2 // 10 * 10, line.flat),
            (None, line.amount // 4 // 10 * 10, None),
        ]
        terms["tiers_mode"] = line.kind
    elif line.kind == "metered":
        terms["usage_type"] = "metered"
    elif line.kind == "packs":
        terms["transform_quantity"] = {"divide_by": 3, "round": "up" if line.inclusive else "down"}
    option: dict[str, Any] = {"tiers": tiers} if tiers else {"unit_amount": amount}
    option["tax_behavior"] = line.behavior
    if drawn.base != drawn.currency:  # the price's own amounts are others
        terms["currency_options"] = {drawn.currency: option}
        amount, tiers = 777, [(None, 777, None)] if tiers else ()
    return account.catalog.add_price(
        product,
        None if tiers else amount,
        drawn.base,
        interval=line.interval[0],
        interval_count=line.interval[1],
        tiers=tiers,
        tax_behavior=line.behavior,
        **terms,
    )


class _Coupons:
    def __init__(self, account: Account, drawn: Drawn, product: Json) -> None:
        self._account = account
        self._drawn = drawn
        self._product = product

    def make(self, off: Off, *, abroad: bool = False) -> Json:
        terms: dict[str, Any] = {"duration": off.duration}
        if off.duration == "repeating":
            terms["duration_in_months"] = off.months
        if off.percent is not None:
            terms["percent_off"] = off.percent
        elif abroad:
            terms |= {"amount_off": 990, "currency": "nok"}
        elif off.foreign:
            terms |= {"amount_off": 990, "currency": "gbp"}
            terms["currency_options"] = {self._drawn.currency: {"amount_off": off.amount}}
        else:
            terms |= {"amount_off": off.amount, "currency": self._drawn.currency}
        if off.limited:
            terms["applies_to"] = {"products": [self._product["id"]]}
        return self._account.coupons.create(terms)


def shares(kinds: Counter[str], examples: int) -> Sequence[str]:
    """Return a line for each kind with how often it was drawn, the rarest first."""
    return [
        f"{count * 100 / examples:5.1f}%  {kind}" for kind, count in sorted(kinds.items(), key=lambda each: each[1])
    ]
