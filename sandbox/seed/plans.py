"""Customers who differ by what they pay: intervals, seats, tiers, usage, currencies, discounts."""

from __future__ import annotations

from sandbox.seed.catalog import GERMAN_TAX
from sandbox.seed.story import Seeded, Story


def _agency(story: Story) -> Story:
    for site in range(23):
        story.joined("starter_gbp", months=2, days=3 + site / 4, description=f"Site {site + 1}")
    return story


PLANS = [
    Seeded("dana", "Dana Reyes", "dana@acme-mail.com", "Pro, monthly", lambda s: s.joined("pro_eur", months=14), "FR"),
    Seeded("bob", "Bob Lindqvist", "bob@lindqvist-mail.com", "Pro, dollars", lambda s: s.joined("pro_usd", months=7)),
    Seeded(
        "carol",
        "Carol Whitfield",
        "carol@whitfield-mail.com",
        "Starter, pounds, classic billing",
        lambda s: s.joined("starter_gbp", months=22, days=20, flexible=False),
        "GB",
        consent="soft_opt_in",
    ),
    Seeded(
        "dave", "Dave Okafor", "dave@okafor-mail.com", "yearly", lambda s: s.joined("pro_eur_year", months=17), "DE"
    ),
    Seeded(
        "erin",
        "Erin Fischer",
        "erin@fischer-mail.com",
        "25 seats",
        lambda s: s.joined(("team_usd", 25), months=9),
        "GB",
    ),
    Seeded(
        "quentin",
        "Quentin Roy",
        "quentin@roy-mail.com",
        "quarterly",
        lambda s: s.joined("pro_usd_quarter", months=8),
        "CA",
    ),
    Seeded("wendy", "Wendy Sato", "wendy@sato-mail.com", "weekly", lambda s: s.joined("starter_eur_week", months=3)),
    Seeded(
        "gus",
        "Gus Hale",
        "gus@hale-mail.com",
        "usage-based",
        lambda s: s.joined("calls_usd", months=6, usage=42_000),
        "CA",
        consent="soft_opt_in",
    ),
    Seeded(
        "hana",
        "Hana Kim",
        "hana@kim-mail.com",
        "usage-based beside licensed",
        lambda s: s.joined("pro_usd", "calls_usd", months=6, usage=9_000),
        consent=None,
    ),
    Seeded(
        "ivan", "Ivan Marek", "ivan@marek-mail.com", "graduated tiers", lambda s: s.joined(("scale_usd", 70), months=5)
    ),
    Seeded(
        "jana", "Jana Vogel", "jana@vogel-mail.com", "volume tiers", lambda s: s.joined(("bulk_eur", 240), months=5)
    ),
    Seeded(
        "kai",
        "Kai Moana",
        "kai@moana-mail.com",
        "packages of 100",
        lambda s: s.joined(("credits_usd", 250), months=5),
        "NZ",
    ),
    Seeded(
        "cleo",
        "Cleo Duarte",
        "cleo@duarte-mail.com",
        "a price of half a cent",
        lambda s: s.joined(("messages_eur", 9_999), months=3),
        "PT",
        consent=None,
    ),
    Seeded(
        "yuki",
        "高橋 由紀",
        "yuki@takahashi-mail.com",
        "yen, without digits",
        lambda s: s.joined("pro_jpy", months=4),
        "JP",
    ),
    Seeded(
        "khalid",
        "Khalid Al-Sabah",
        "khalid@sabah-mail.com",
        "dinars, three digits",
        lambda s: s.joined("pro_kwd", months=4),
        "KW",
    ),
    Seeded("bela", "Béla Nagy", "bela@nagy-mail.com", "forints", lambda s: s.joined("pro_huf", months=4), "HU"),
    Seeded(
        "fay",
        "Fay Laurent",
        "fay@laurent-mail.com",
        "20% off forever",
        lambda s: s.joined("pro_eur", months=6, coupons=("FRIENDS",)),
        "FR",
    ),
    Seeded(
        "rhea",
        "Rhea Costa",
        "rhea@costa-mail.com",
        "25% off for six months",
        lambda s: s.joined("pro_eur", months=2, coupons=("SPRING",)),
        "ES",
    ),
    Seeded(
        "greta",
        "Greta Lang",
        "greta@lang-mail.com",
        "19% tax on top",
        lambda s: s.joined("pro_eur", months=7, tax_rates=(GERMAN_TAX,)),
        "DE",
    ),
    Seeded(
        "hugo",
        "Hugo Kern",
        "hugo@kern-mail.com",
        "tax on top of a yearly plan at 20% off",
        lambda s: s.joined("pro_eur_year", months=15, tax_rates=(GERMAN_TAX,), coupons=("FRIENDS",)),
        "DE",
    ),
    Seeded(
        "kenji",
        "Kenji Mori",
        "kenji@mori-mail.com",
        "pays in yen for a price in dollars",
        lambda s: s.joined("world_usd", months=4, currency="jpy"),
        "JP",
    ),
    Seeded(
        "velma",
        "Velma Lorenz",
        "velma@lorenz-mail.com",
        "tax within the price, found by Stripe",
        lambda s: s.joined("pro_eur_gross", months=4, automatic_tax=True),
        "DE",
    ),
    Seeded(
        "clara",
        "Clara Hahn",
        "clara@hahn-mail.com",
        "20% off as a customer, inherited",
        lambda s: s.joined("pro_eur", months=3).then(
            50, lambda a, c, _: a.discounts.give(c, a.ledger.get("coupon", "FRIENDS"))
        ),
        "AT",
    ),
    Seeded(
        "iris",
        "Iris Fontaine",
        "iris@fontaine-mail.com",
        "20% off one of two items",
        lambda s: s.joined("pro_eur", "starter_eur", months=3).then(
            50,
            lambda a, _, s: a.subscriptions.update(
                s, {"items": [{"id": s["items"]["data"][0]["id"], "discounts": [{"coupon": "FRIENDS"}]}]}
            ),
        ),
        "FR",
    ),
    Seeded("hosting", "Site Agency", "hosting@agency-mail.com", "23 subscriptions, one for each site", _agency, "GB"),
    Seeded(
        "olga",
        "Olga Winter",
        "olga@winter-mail.com",
        "€5 off the next invoice",
        lambda s: s.joined("pro_eur").then(
            5, lambda a, _, s: a.subscriptions.update(s, {"discounts": [{"coupon": "HELLO"}]})
        ),
        "AT",
    ),
]
