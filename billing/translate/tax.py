"""How an item is taxed: by the rates that were given to it, or as Stripe Tax showed on an invoice."""

from collections.abc import Iterable
from decimal import ROUND_FLOOR, Decimal

from billing.translate import Json
from domain.billing.tax import UNTAXED, Tax


def tax_of(item: Json, subscription: Json) -> Tax | None:
    """Translate the taxes on an item of a subscription; None where nobody can know them.

    With Stripe Tax they are its `taxes` as `billing.automatic_tax` found them on an invoice or a preview. An exempt
    customer pays the full price, whether or not tax is included (Stripe: Tax exemptions and reverse charge).
    """
    if (subscription.get("automatic_tax") or {}).get("enabled"):
        shown = item.get("taxes")
        return None if shown is None else _tax((each["tax_behavior"], percentage(each)) for each in shown)
    owner = subscription["customer"]
    if isinstance(owner, dict) and owner.get("tax_exempt", "none") != "none":
        return UNTAXED
    rates = item.get("tax_rates") or subscription.get("default_tax_rates") or ()
    return _tax(("inclusive" if rate["inclusive"] else "exclusive", Decimal(str(rate["percentage"]))) for rate in rates)


def percentage(tax: Json) -> Decimal:
    """Return the roundest percentage that makes this tax of its taxable amount: 7.82 of 41.18 is 19%."""
    amount, taxable = Decimal(tax["amount"]), Decimal(tax["taxable_amount"] or 0)
    if not amount or not taxable:
        return Decimal(0)
    half = Decimal("0.5")
    # Of a price that includes tax both parts are rounded, one up and one down.
    least, exact, most = ((amount + each) * 100 / (taxable - each) for each in (-half, Decimal(0), half))
    for places in range(5):
        unit = Decimal(1).scaleb(-places)
        nearest = (exact / unit + half).to_integral_value(ROUND_FLOOR) * unit
        if least <= nearest <= most:
            return nearest
    return exact


def _tax(rates: Iterable[tuple[str, Decimal]]) -> Tax:
    found = [(behavior, rate) for behavior, rate in rates if rate]
    return Tax(
        included=tuple(rate for behavior, rate in found if behavior == "inclusive"),
        on_top=sum((rate for behavior, rate in found if behavior != "inclusive"), Decimal(0)),
    )
