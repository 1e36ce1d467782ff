"""Random subscriptions with prices, discounts, taxes, a trial or a pause, and how to set one up in an account."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from sandbox.stripe.account import Account
from sandbox.stripe.catalog import Tiers
from sandbox.stripe.ledger import DAY, Json

INTERVALS = [("month", 1), ("month", 1), ("month", 1), ("week", 1), ("week", 2), ("month", 3), ("year", 1), ("year", 2)]
KINDS = frozenset(
    {
        "unit price", "fraction price", "packs price", "graduated price", "volume price", "metered price",
        "every 1 month", "every 1 week", "every 2 week", "every 3 month", "every 1 year", "every 2 year",
        "once discount", "repeating discount", "forever discount", "percent off", "amount off",
        "tax: none", "tax: hand", "tax: stripe", "currency: eur", "currency: usd", "currency: jpy", "currency: kwd",
        "customer none", "customer reverse", "customer exempt", "currency option", "customer's discount",
        "subscription's discount", "item's discount", "limited discount", "several items", "several intervals",
        "more than a page of items", "quantity 0", "trial", "pause", "sent invoice", "credit",
        "anchor on the 29th to 31st",
    }
)  # fmt: skip
"""All that an account is drawn with."""

STEP = {"kwd": 20}
"""What amounts are a multiple of, so that they can be charged."""


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
    interval: tuple[str, int]
    quantity: int
    off: Off | None
    rate: float | None
    inclusive: bool
    behavior: str


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A subscription to be, from `start` on, and how long it has run when it is read."""

    start: datetime
    currency: str
    base: str  # of prices; another one is paid by an option
    lines: tuple[Line, ...]
    own: tuple[Off, ...]
    customers: Off | None
    tax: str  # "none" | "hand" | "stripe"
    default: str  # of the account's tax settings
    exempt: str
    trial: int | None
    paused: int | None
    sent: bool
    credit: int
    read_after: int

    @property
    def kinds(self) -> Iterator[str]:
        """Name all that is special about it."""
        everywhere = [*self.own, *([self.customers] if self.customers else []), *(x.off for x in self.lines if x.off)]
        yield from {f"{line.kind} price" for line in self.lines} | {
            f"every {line.interval[1]} {line.interval[0]}" for line in self.lines
        }
        yield from {f"{off.duration} discount" for off in everywhere}
        yield from {"percent off" if off.percent else "amount off" for off in everywhere}
        yield from {f"tax: {self.tax}", f"currency: {self.currency}", f"customer {self.exempt}"}
        marks = {
            "currency option": self.base != self.currency,
            "customer's discount": self.customers is not None,
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


def _off(currency: str) -> st.SearchStrategy[Off]:
    return st.builds(
        Off,
        percent=st.sampled_from([None, None, 100.0] if currency in STEP else [None, None, 20.0, 33.3, 12.5, 100.0]),
        amount=st.integers(1, 60).map(lambda units: units * STEP.get(currency, 35)),
        foreign=st.booleans(),
        duration=st.sampled_from(["once", "repeating", "repeating", "forever", "forever"]),
        months=st.integers(1, 30),
        limited=st.sampled_from([False, False, True]),
    )


def _lines(currency: str) -> st.SearchStrategy[Line]:
    kinds = ["unit", "unit", "unit", "graduated", "volume", "metered"] + (
        [] if currency in STEP else ["fraction", "packs", "packs"]
    )
    return st.builds(
        Line,
        kind=st.sampled_from(kinds),
        amount=st.integers(30, 300).map(lambda units: units * STEP.get(currency, 33)),
        interval=st.sampled_from(INTERVALS),
        quantity=st.sampled_from([1, 1, 1, 0, 2, 3, 10, 11, 500]),
        off=st.none() | st.none() | _off(currency),
        rate=st.sampled_from([None, 19.0, 7.0, 8.1, 20.0]),
        inclusive=st.booleans(),
        behavior=st.sampled_from(["inclusive", "exclusive", "unspecified"]),
    )


@st.composite
def subscriptions(draw: st.DrawFn) -> Drawn:
    """Draw a subscription."""
    currency = draw(st.sampled_from(["eur", "eur", "usd", "jpy", "kwd"]))
    tax = "none" if currency in STEP else draw(st.sampled_from(["none", "hand", "hand", "stripe"]))
    count = draw(st.sampled_from([1, 1, 1, 2, 3, 12]))
    lines = draw(st.lists(_lines(currency), min_size=count, max_size=count))
    trial = draw(st.sampled_from([None, None, 5, 40]))
    return Drawn(
        start=draw(st.sampled_from([15, 5, 28, 29, 30, 31]).map(lambda day: datetime(2034, 1, day, 9, 30, tzinfo=UTC))),
        currency=currency,
        base=draw(st.sampled_from([currency, "gbp"])),
        lines=tuple(lines),
        own=tuple(draw(st.lists(_off(currency), max_size=2))),
        customers=draw(st.none() | _off(currency)),
        tax=tax,
        default=draw(st.sampled_from(["inclusive", "exclusive", "inferred_by_currency"])),
        exempt=draw(st.sampled_from(["none", "none", "none", "reverse", "exempt"])),
        trial=trial,
        paused=None if trial else draw(st.sampled_from([20, 70, None])),
        sent=draw(st.sampled_from([False, False, True])),
        credit=draw(st.sampled_from([0, 200_000])),
        read_after=draw(st.integers(0, 45)),
    )


def set_up(drawn: Drawn, account: Account) -> Json:
    """Make all that was drawn in an account, up to the day on which it is read."""
    account.ledger.tax_settings["defaults"]["tax_behavior"] = drawn.default
    customer = account.create_customer(email="dana@acme-mail.com", country="DE")
    account.cards.attach(customer)
    customer |= {"tax_exempt": drawn.exempt, "balance": -drawn.credit}
    products = [account.catalog.add_product(f"Product {number}") for number in range(len(drawn.lines))]
    coupons = _Coupons(account, drawn, products[0])
    if drawn.customers:
        account.discounts.give(customer, coupons.make(drawn.customers))
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
    if drawn.paused is not None:
        account.subscriptions.pause_collection(subscription, "void", resumes_at=account.ledger.now + drawn.paused * DAY)
    return subscription


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
            (2, line.amount, None),
            (10, line.amount // 2 // 10 * 10, 500),
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

    def make(self, off: Off) -> Json:
        terms: dict[str, Any] = {"duration": off.duration}
        if off.duration == "repeating":
            terms["duration_in_months"] = off.months
        if off.percent is not None:
            terms["percent_off"] = off.percent
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
