"""The monthly value once more, in fractions and from Stripe's own objects: the formula of docs/measuring.md."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import floor

from sandbox.stripe.account import Account
from sandbox.stripe.ledger import Json
from tests.accounts.drawn import Drawn, Line

A_MONTH = {"day": Fraction(365, 12), "week": Fraction(52, 12), "month": Fraction(1), "year": Fraction(1, 12)}
HALF = Fraction(1, 2)
STRIPE_TAX = Fraction(19)


def net_a_month(drawn: Drawn, subscription: Json, account: Account) -> int:
    """Return what a subscription brings a month without tax, in minor units."""
    now = account.ledger.now
    customer = account.ledger.get("customer", subscription["customer"])
    whole = _lasting(account, subscription["discounts"], now)
    if not whole and customer["discount"]:
        whole = _lasting(account, [customer["discount"]["id"]], now)
    invoices = defaultdict[tuple[str, int], list[tuple[Line, Json]]](list)
    for line, item in zip(drawn.lines, subscription["items"]["data"], strict=True):
        if line.kind != "metered":
            invoices[line.interval].append((line, item))
    total = Fraction(0)
    for (interval, count), billed in invoices.items():
        left = [_half_up(_full(line)) for line, _ in billed]
        for number, (_, item) in enumerate(billed):
            for coupon in _lasting(account, item["discounts"], now):
                left[number] -= _taken(drawn, coupon, item, left[number])
        for coupon in whole:
            products = [item["price"]["product"] for _, item in billed]
            left = _spread(drawn, coupon, products, left)
        for (line, _), amount in zip(billed, left, strict=True):
            total += (amount - _tax_within(drawn, line, amount)) * A_MONTH[interval] / count
    return _half_up(total)


def _full(line: Line) -> Fraction:
    quantity = line.quantity
    if line.kind == "fraction":
        return quantity * (line.amount + Fraction(4, 10))
    first, second, third = line.amount, line.amount // 2 // 10 * 10, line.amount // 4 // 10 * 10
    if line.kind == "packs":
        quantity = -(-quantity // 3) if line.inclusive else quantity // 3
    elif line.kind == "volume":
        return Fraction(
            quantity * (first if quantity <= 2 else second if quantity <= 10 else third) + line.flat * (quantity <= 10)
        )
    elif line.kind == "graduated":
        tiers = [(min(quantity, 2), first), (min(max(quantity - 2, 0), 8), second), (max(quantity - 10, 0), third)]
        return Fraction(sum(units * price for units, price in tiers) + line.flat * (1 + (quantity > 2)))
    return Fraction(quantity * line.amount)


def _lasting(account: Account, discounts: Iterable[str], now: int) -> Sequence[Json]:
    found = [account.ledger.get("discount", each) for each in discounts]
    running = [each for each in found if each["end"] is None or each["end"] > now]
    coupons = [account.ledger.get("coupon", each["source"]["coupon"]) for each in running]
    return [coupon for coupon in coupons if coupon["duration"] != "once"]


def _good_for(coupon: Json, product: str) -> bool:
    return product in (coupon.get("applies_to") or {"products": [product]})["products"]


def _taken(drawn: Drawn, coupon: Json, item: Json, amount: int) -> int:
    return _off(drawn, coupon, amount) if _good_for(coupon, item["price"]["product"]) else 0


def _off(drawn: Drawn, coupon: Json, amount: int) -> int:
    if coupon["percent_off"]:
        return _half_up(amount * Fraction(str(coupon["percent_off"])) / 100)
    known = coupon["currency_options"].get(drawn.currency)
    return min(amount, int(known["amount_off"])) if known else 0


def _spread(drawn: Drawn, coupon: Json, products: Sequence[str], left: Sequence[int]) -> list[int]:
    parts = [amount if _good_for(coupon, product) else 0 for amount, product in zip(left, products, strict=True)]
    whole = sum(parts)
    if not whole:
        return list(left)
    off = _off(drawn, coupon, whole)
    exact = [Fraction(off * part, whole) for part in parts]
    shares = [floor(share) for share in exact]
    by_rest = sorted(range(len(parts)), key=lambda number: shares[number] - exact[number])
    for number in by_rest[: off - sum(shares)]:
        shares[number] += 1
    return [amount - share for amount, share in zip(left, shares, strict=True)]


def _tax_within(drawn: Drawn, line: Line, amount: int) -> int:
    if drawn.tax == "none" or drawn.exempt != "none":
        return 0
    if drawn.tax == "hand":
        rate = Fraction(str(line.rate or 0)) if line.inclusive else Fraction(0)
    else:
        behavior = line.behavior if line.behavior != "unspecified" else drawn.default
        within = drawn.currency != "usd" if behavior == "inferred_by_currency" else behavior == "inclusive"
        rate = STRIPE_TAX if within else Fraction(0)
    return _half_up(amount * rate / (100 + rate))


def _half_up(amount: Fraction) -> int:
    return floor(amount + HALF)
