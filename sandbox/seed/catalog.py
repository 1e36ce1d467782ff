"""What the seeded account sells: plans in several currencies, tiers, packages, usage; three coupons and a tax."""

from __future__ import annotations

from decimal import Decimal

from sandbox.stripe.account import Account
from sandbox.stripe.ledger import Json

PLAIN = {
    "Starter": {"eur": 900, "usd": 900, "gbp": 800},
    "Pro": {
        "eur": 4900,
        "usd": 4900,
        "gbp": 4500,
        "jpy": 6900,
        "kwd": 14500,
        "huf": 1890000,
        "isk": 690000,
        "ugx": 18000000,
    },
}
"""Monthly prices in minor units; yen have none, dinars have three digits, krónur and shillings two that are 0."""
GERMAN_TAX = "txr_SeedGermany"
"""19% on top of the price."""
GERMAN_TAX_WITHIN = "txr_SeedGermanyWithin"
"""19% within the price."""
ADDONS = 11
"""How many add-ons there are."""


def seed_catalog(account: Account) -> dict[str, Json]:
    """Add what is sold and taxed, and offer the plain plans in the portal; prices come by short names."""
    add_product, add_price = account.catalog.add_product, account.catalog.add_price
    products = {
        name: add_product(name, identifier=f"prod_Seed{name.replace(' ', '')}")
        for name in ("Starter", "Pro", "Team", "Scale", "Bulk", "Credits", "API calls", "Messages", "Support")
    }
    prices = {
        f"{name.lower()}_{currency}": add_price(
            products[name], amount, currency, identifier=f"price_Seed{name}{currency.capitalize()}"
        )
        for name, amounts in PLAIN.items()
        for currency, amount in amounts.items()
    }
    prices |= {
        "pro_eur_year": add_price(products["Pro"], 49000, "eur", interval="year", identifier="price_SeedProYear"),
        "pro_usd_quarter": add_price(
            products["Pro"], 13900, "usd", interval_count=3, identifier="price_SeedProQuarter"
        ),
        "starter_eur_week": add_price(products["Starter"], 290, "eur", interval="week", identifier="price_SeedWeek"),
        "team_usd": add_price(products["Team"], 1200, "usd", identifier="price_SeedTeam"),
        "scale_usd": add_price(
            products["Scale"],
            None,
            "usd",
            tiers_mode="graduated",
            tiers=[(10, 1000, None), (50, 800, None), (None, 500, None)],
            identifier="price_SeedScale",
        ),
        "bulk_eur": add_price(
            products["Bulk"],
            None,
            "eur",
            tiers_mode="volume",
            tiers=[(100, 50, None), (None, 30, 2000)],
            identifier="price_SeedBulk",
        ),
        "credits_usd": add_price(
            products["Credits"],
            1500,
            "usd",
            transform_quantity={"divide_by": 100, "round": "up"},
            identifier="price_SeedCredits",
        ),
        "calls_usd": add_price(
            products["API calls"], Decimal("0.2"), "usd", usage_type="metered", identifier="price_SeedCalls"
        ),
        "messages_eur": add_price(products["Messages"], Decimal("0.5"), "eur", identifier="price_SeedMessages"),
    }
    prices |= {
        "world_usd": add_price(
            products["Pro"],
            4900,
            "usd",
            currency_options={"jpy": {"unit_amount": 7500}, "eur": {"unit_amount": 4500, "tax_behavior": "inclusive"}},
            identifier="price_SeedWorld",
        ),
        "pro_eur_old": add_price(products["Pro"], 3900, "eur", nickname="Pro 2023", identifier="price_SeedProOld"),
        "pro_eur_gross": add_price(
            products["Pro"], 4900, "eur", tax_behavior="inclusive", identifier="price_SeedProGross"
        ),
    }
    prices |= _seldom(account, products)
    account.catalog.add_coupon("FRIENDS", percent_off=20, duration="forever", name="Friends")
    account.catalog.add_coupon("SPRING", percent_off=25, duration="repeating", duration_in_months=6, name="Spring")
    account.catalog.add_coupon("HELLO", amount_off=500, currency="eur", duration="once", name="Hello")
    account.catalog.add_coupon("HALF", percent_off=50, duration="repeating", duration_in_months=6, name="Half")
    account.catalog.add_coupon(
        "TWOFOLD",
        amount_off=500,
        currency="eur",
        currency_options={"kwd": {"amount_off": 1500}},
        duration="forever",
        name="Twofold",
    )
    account.catalog.add_coupon(
        "SUPPORT",
        amount_off=1200,
        currency="eur",
        duration="forever",
        applies_to={"products": [products["Support"]["id"]]},
        name="Support",
    )
    account.catalog.add_tax_rate(19, "DE", "MwSt.", identifier=GERMAN_TAX)
    account.catalog.add_tax_rate(19, "DE", "MwSt.", identifier=GERMAN_TAX_WITHIN, inclusive=True)
    _offer(account, prices)
    prices["pro_eur_old"]["active"] = False
    return prices


def _seldom(account: Account, products: dict[str, Json]) -> dict[str, Json]:
    """Add what few pay: long and short intervals, tiers in two currencies, and many small add-ons."""
    add_product, add_price = account.catalog.add_product, account.catalog.add_price
    addons = {
        f"addon_{number}": add_price(
            add_product(f"Add-on {number}", identifier=f"prod_SeedAddon{number}"),
            100 * number,
            "eur",
            identifier=f"price_SeedAddon{number}",
        )
        for number in range(1, ADDONS + 1)
    }
    return addons | {
        "pro_eur_plus": add_price(
            products["Pro"], 4900, "eur", tax_behavior="exclusive", identifier="price_SeedProPlus"
        ),
        "pro_eur_two_years": add_price(
            products["Pro"], 89000, "eur", interval="year", interval_count=2, identifier="price_SeedProTwoYears"
        ),
        "support_eur_year": add_price(
            products["Support"], 12000, "eur", interval="year", identifier="price_SeedSupport"
        ),
        "credits_eur_day": add_price(products["Credits"], 100, "eur", interval="day", identifier="price_SeedDay"),
        "scale_world": add_price(
            products["Scale"],
            None,
            "usd",
            tiers_mode="graduated",
            tiers=[(10, 1000, None), (None, 800, 500)],
            currency_options={"jpy": {"tiers": [(10, 1500, None), (None, 1200, 700)]}},
            identifier="price_SeedScaleWorld",
        ),
    }


def _offer(account: Account, prices: dict[str, Json]) -> None:
    switching = account.portal.configuration["features"]["subscription_update"]
    switching["enabled"] = True
    switching["default_allowed_updates"] = ["price"]
    switching["products"] = [
        {
            "adjustable_quantity": {"enabled": False, "maximum": None, "minimum": 1},
            "prices": [prices[f"{name.lower()}_{currency}"]["id"] for currency in ("eur", "usd", "gbp")],
            "product": f"prod_Seed{name}",
        }
        for name in PLAIN
    ]
