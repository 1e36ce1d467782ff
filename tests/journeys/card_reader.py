"""A card taken apart as its readers do it, and the moment when nothing more is to come."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sandbox.slack.messages import Message
from sandbox.stripe.ledger import Json
from tests.bot.seen import seen
from tests.journeys.faults.kills import settled
from tests.journeys.world import World, line
from wording.dates import day


def head(card: Message) -> str:
    """Return a card's first line, times as their fallback and people as their ids."""
    return line(card.blocks[0]["elements"][0])


def small_print(card: Message) -> list[str]:
    """Return what the small print says: address, history, what was paid, the reference."""
    told = next(block for block in card.blocks if block["type"] == "context")
    return str(told["elements"][0]["text"]).split(" · ")


def quoted(card: Message) -> str:
    """Return the customer's own words; "" where none are shown."""
    quotes = [
        part for block in card.blocks for part in block.get("elements", []) if part.get("type") == "rich_text_quote"
    ]
    return "".join(run["text"] for part in quotes for run in part["elements"])


def on(w: World, moment: int) -> str:
    """Write a day, given in Unix seconds, as the bot does in its own time zone."""
    zone = ZoneInfo(w.environment.get("TIMEZONE", "UTC"))
    return day(datetime.fromtimestamp(moment, UTC), now=w.sandbox.clock.now(), zone=zone)


def owed(w: World, subscription: Json) -> int:
    """Return what was paid for a subscription so far, in minor units, less refunds."""
    stripe = w.sandbox.stripe
    paid = sum(invoice["amount_paid"] for invoice in stripe.invoices.of(subscription, status="paid"))
    charges = stripe.ledger.all("charge", customer=subscription["customer"])
    return int(paid - sum(charge["amount_refunded"] for charge in charges))


async def nothing_more(w: World) -> None:
    """Wait till every event has been taken, and all that follows from it within a minute is done."""
    await w.sandbox.stripe.webhooks.settled()
    await settled(w)
    w.pass_time(minutes=1)
    await settled(w)


__all__ = ["head", "nothing_more", "on", "owed", "quoted", "seen", "small_print"]
