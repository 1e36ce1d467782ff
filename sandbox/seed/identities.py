"""Customers who are easily taken for one another, or whose names want to be more than text."""

from __future__ import annotations

from sandbox.seed.story import Seeded

SHARED_CARD = {"last4": "5556", "fingerprint": "fpShared5556card"}
LONG_NAME = ("Gesellschaft für nachhaltige Verpackungslösungen und Kreislaufwirtschaft " * 5)[:299] + "h"


IDENTITIES = [
    Seeded("maya", "Maya Ortiz", "maya@studio-mail.com", "an address …", lambda s: s.joined("pro_eur", months=5), "ES"),
    Seeded(
        "mayacase",
        "Maya Ortiz (Studio)",
        "Maya@Studio-Mail.com",
        "… and the same in other case",
        lambda s: s.joined("starter_eur", months=2),
        "ES",
    ),
    Seeded("sam", "Sam Petrov", "sam@petrov-mail.com", "one address …", lambda s: s.joined("pro_usd", months=4)),
    Seeded("samtwo", "Sam Petrov", "sam@petrov-mail.com", "… twice", lambda s: s.joined("starter_usd", months=1)),
    Seeded(
        "yara",
        "Yara Haddad",
        "yara@haddad-mail.com",
        "two subscriptions",
        lambda s: s.joined("pro_eur", months=10).joined("starter_eur", months=3, days=6),
        "FR",
    ),
    Seeded(
        "rex",
        "Rex Malone",
        "rex@malone-mail.com",
        "one card …",
        lambda s: s.joined("pro_usd", months=4, card=SHARED_CARD),
    ),
    Seeded(
        "rosa",
        "Rosa Malone",
        "rosa@malone-mail.com",
        "… for three …",
        lambda s: s.joined("starter_usd", months=3, card=SHARED_CARD),
    ),
    Seeded(
        "rolf",
        "Rolf Malone",
        "rolf@malone-mail.com",
        "… customers",
        lambda s: s.joined("starter_usd", months=2, card=SHARED_CARD),
    ),
    Seeded(
        "bobby",
        "<b>Bobby</b> *bold* <!channel>",
        "bobby@tables-mail.com",
        "markup in the name",
        lambda s: s.joined("pro_usd", months=2),
    ),
    Seeded(
        "layla", "ليلى الحداد", "layla@haddad-mail.com", "right to left", lambda s: s.joined("pro_eur", months=2), None
    ),
    Seeded(
        "lorenz",
        LONG_NAME,
        "lorenz@verpackung-mail.com",
        "a name of 300",
        lambda s: s.joined("pro_eur", months=2),
        "DE",
    ),
    Seeded(
        "sunny", "☀️ Sunny 🏳️‍🌈 Café", "sunny@cafe-mail.com", "emoji", lambda s: s.joined("starter_eur", months=2), "FR"
    ),
    Seeded("noah", "Noah Stein", None, "no address on file", lambda s: s.joined("pro_usd", months=2)),
]
