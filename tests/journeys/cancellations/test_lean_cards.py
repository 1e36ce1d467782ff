"""In a public channel cards are lean unless the settings say full: no name and no words of the customer's."""

from pathlib import Path

from tests.journeys.card_reader import head, seen
from tests.journeys.subscriber import Subscriber, seeded
from tests.journeys.world import world


async def test_public_channel_gets_lean_cards(tmp_path: Path) -> None:
    async with world(tmp_path, settings={"CARD_DETAIL": ""}) as w:
        dana = seeded(w.sandbox, "dana")
        async with Subscriber(w.sandbox, dana) as subscriber:
            await subscriber.cancel()
            await subscriber.answer("Other reason", words="My boss Ms Smith wants it so.")

        card = await w.card_of(dana, "another reason", "paid so far")

    assert head(card).startswith("🔴 A Pro customer cancelled · €49 a month · another reason · ends ")
    assert "d…a@a…l.com" in seen(card)
    assert not [word for word in ("Dana", "Reyes", "Smith") if word in card.text + seen(card)]
