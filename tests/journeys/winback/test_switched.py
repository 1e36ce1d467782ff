"""Who switches plans or keeps another subscription: what cards and figures say, and that nobody is written to."""

from pathlib import Path

from sandbox.stripe.ledger import DAY, Json
from tests.bot.seen import seen
from tests.journeys.card_reader import head
from tests.journeys.winback.policies import AT_ONCE
from tests.journeys.winback.winback import all_done, joins, proposals, winback, winning_back
from tests.journeys.world import World


def starts(w: World, subscription: Json, plan: str, amount: int) -> Json:
    """Let the customer of a subscription start another one."""
    stripe = w.sandbox.stripe
    price = stripe.catalog.add_price(stripe.catalog.add_product(plan), amount, "eur")
    return stripe.subscribe(stripe.ledger.get("customer", subscription["customer"]), price)


async def test_cards_and_figures_of_who_did_not_leave_altogether(tmp_path: Path) -> None:
    async with winning_back(tmp_path, AT_ONCE) as w:
        stripe = w.sandbox.stripe
        swapped, gone, both = (joins(w, name) for name in ("Sven Swapped", "Gesa Gone", "Berta Both"))
        kept = joins(w, "Kurt Kept")
        starts(w, kept, "Archive", 900)
        lite = starts(w, both, "Lite", 1900)
        w.pass_time(seconds=20 * DAY)
        await all_done(w)

        starts(w, swapped, "Business", 9900)
        stripe.portal_cancel(swapped, "too_expensive")
        stripe.portal_cancel(kept, "too_expensive")
        starts(w, both, "Bundle", 9900)
        stripe.cancel_now(lite)
        w.pass_time(seconds=2)
        stripe.cancel_now(both)

        switched = await w.card_of(swapped, "switched to Business, €99 a month")
        still = await w.card_of(kept, "still subscribed to Archive")
        one, two = [await w.card_of(each, "switched to Bundle, €99 a month") for each in (lite, both)]
        await all_done(w)
        assert switched.text == "A Pro customer switched to Business, €99 a month"
        assert head(switched).endswith("switched from Pro to Business, €99 a month · gained €50 a month")
        assert still.text.endswith("too expensive, still subscribed to Archive, €9 a month")
        assert "€49 a month" in head(still)
        assert head(still).endswith("still subscribed to Archive, €9 a month")
        several = "to Bundle, €99 a month, which replaces several"
        assert head(one).endswith(f"switched from Lite {several} · gained €80 a month")
        assert head(two).endswith(f"switched from Pro {several} · lost €49 a month")
        for card in (switched, one, two):
            assert "Propose win-back…" not in seen(card)
        assert "Propose win-back…" in seen(still)
        assert not proposals(w)
        assert not w.sandbox.mailbox.emails

        stripe.portal_cancel(gone, "too_expensive")
        await w.card_of(gone, "too expensive")
        await all_done(w)
        assert "5 cancellations (3 switched to another subscription, 1 still subscribed to another)" in await winback(
            w, "stats 30d"
        )
        lost = await winback(w, "leak 30d")
        assert "€147 a month" in lost  # Pro three times: of who left, who keeps Archive, and what Bundle replaced
        assert "Those who switched to a more expensive plan pay €130 a month more." in lost
