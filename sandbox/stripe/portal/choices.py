"""What the portal's pages let a customer choose from, as its configuration says."""

from __future__ import annotations

from sandbox.stripe.currencies import offered
from sandbox.stripe.ledger import Json, Ledger
from sandbox.stripe.portal.texts import REASON_WORDS
from sandbox.stripe.subscriptions import REASONS


def reasons(ledger: Ledger, cancelling: Json) -> dict[str, str]:
    """Return what the survey offers: Stripe's reasons, then the company's own by their ids, "other" last."""
    asked = cancelling["cancellation_reason"]
    if not asked["enabled"]:
        return {}
    words = {reason: REASON_WORDS[reason] for reason in REASONS if reason in asked["options"]}
    other = {"other": words.pop("other")} if "other" in words else {}
    own = [ledger.get("billing.feedback_option", each) for each in asked["feedback_options"]]
    return words | {each["id"]: each["description"] for each in own if each["status"] == "active"} | other


def choices(ledger: Ledger, subscription: Json, updating: Json) -> list[Json]:
    """List what a subscription may become: `price`, of its currency, and `quantity`, the bounds or None if fixed."""
    allowed = updating["default_allowed_updates"]
    present = subscription["items"]["data"][0]["price"]["id"]
    found: list[Json] = []
    for product in updating["products"]:
        quantity = product["adjustable_quantity"]
        bounds = quantity if quantity["enabled"] and "quantity" in allowed else None
        found += [
            {"price": price, "quantity": bounds}
            for price in (ledger.get("price", each) for each in product["prices"])
            if subscription["currency"] in offered(price) and ("price" in allowed or price["id"] == present)
        ]
    return found


def within(typed: str, bounds: Json, present: int) -> int:
    """Read a quantity, brought within its bounds; the present one where none is typed."""
    wanted = max(int(typed) if typed.isdigit() else present, bounds["minimum"])
    return int(min(wanted, bounds["maximum"] or wanted))
