"""Customers whose amounts are easy to get wrong: special currencies, tiers, taxes, credit, dates, many items."""

from __future__ import annotations

from sandbox.seed.catalog import ADDONS, GERMAN_TAX_WITHIN
from sandbox.seed.story import Seeded
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import Json


def _give_credit(account: Account, customer: Json, subscription: Json) -> None:
    with account.ledger.changing(customer, event="customer.updated"):
        customer["balance"] = -12_300


AMOUNTS = [
    Seeded(
        "inga",
        "Inga Jónsdóttir",
        "inga@jonsdottir-mail.com",
        "krónur, which Stripe counts in hundredths",
        lambda s: s.joined("pro_isk", months=4),
        "IS",
    ),
    Seeded(
        "okello",
        "Okello Mukasa",
        "okello@mukasa-mail.com",
        "Uganda shillings, half off for six months",
        lambda s: s.joined("pro_ugx", months=3, coupons=("HALF",)),
        "UG",
    ),
    Seeded(
        "noor",
        "Noor Al-Hamad",
        "noor@hamad-mail.com",
        "dinars at KWD 1.500 off, a coupon in two currencies",
        lambda s: s.joined("pro_kwd", months=2, coupons=("TWOFOLD",)),
        "KW",
    ),
    Seeded(
        "saki",
        "佐木 早紀",
        "saki@saki-mail.com",
        "graduated tiers, paid in yen",
        lambda s: s.joined(("scale_world", 30), months=4, currency="jpy"),
        "JP",
    ),
    Seeded(
        "zita",
        "Zita Horn",
        "zita@horn-mail.com",
        "no seats just now",
        lambda s: s.joined("pro_usd", ("team_usd", 0), months=4),
        "US",
    ),
    Seeded(
        "helga",
        "Helga Sommer",
        "helga@sommer-mail.com",
        "19% tax within the price, by hand",
        lambda s: s.joined("pro_eur", months=5, tax_rates=(GERMAN_TAX_WITHIN,)),
        "DE",
    ),
    Seeded(
        "ruben",
        "Ruben Visser",
        "ruben@visser-mail.com",
        "tax on top, found by Stripe",
        lambda s: s.joined("pro_eur_plus", months=3, automatic_tax=True),
        "DE",
    ),
    Seeded(
        "toni",
        "Toni Rossi",
        "toni@rossi-mail.com",
        "€123 of credit",
        lambda s: s.joined("pro_eur", months=5).then(9, _give_credit),
        "IT",
    ),
    Seeded(
        "ulla",
        "Ulla Sand",
        "ulla@sand-mail.com",
        "billed on the 31st, or on a month's last day",
        lambda s: s.joined("pro_eur", months=3, on_day=31),
        "DK",
    ),
    Seeded(
        "lars",
        "Lars Moen",
        "lars@moen-mail.com",
        "Pro by the month, support by the year",
        lambda s: s.joined("pro_eur", "support_eur_year", months=3, coupons=("SUPPORT",)),
        "NO",
    ),
    Seeded(
        "edda",
        "Edda Falk",
        "edda@falk-mail.com",
        "every two years",
        lambda s: s.joined("pro_eur_two_years", months=9),
        "SE",
    ),
    Seeded(
        "dora",
        "Dora Klein",
        "dora@klein-mail.com",
        "by the day",
        lambda s: s.joined("credits_eur_day", days=19.5),
        "AT",
    ),
    Seeded(
        "anton",
        "Anton Weiss",
        "anton@weiss-mail.com",
        "more items than a page shows",
        lambda s: s.joined("pro_eur", *(f"addon_{number}" for number in range(1, ADDONS + 1)), months=2),
        "AT",
    ),
]
