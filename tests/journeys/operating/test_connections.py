"""The same core stories by every connection: Socket Mode or signed HTTP, webhooks or polling with no public address."""

from pathlib import Path

import pytest

from tests.bot.seen import answer_to
from tests.journeys.card_reader import seen
from tests.journeys.subscriber import Subscriber, seeded
from tests.journeys.world import World, world

DOORS = {
    "socket and webhooks": {"socket_mode": True, "webhooks": True},
    "signed HTTP and webhooks": {"socket_mode": False, "webhooks": True},
    "socket and polling, no public address": {"socket_mode": True, "webhooks": False},
    "signed HTTP and polling": {"socket_mode": False, "webhooks": False},
}


@pytest.mark.parametrize("doors", DOORS.values(), ids=DOORS)
async def test_core_stories_by_every_connection(tmp_path: Path, doors: dict[str, bool]) -> None:
    async with world(tmp_path, socket_mode=doors["socket_mode"], webhooks=doors["webhooks"]) as w:
        dana = seeded(w.sandbox, "dana")
        slack = w.sandbox.slack

        async with Subscriber(w.sandbox, dana) as subscriber:
            await subscriber.cancel()
            await subscriber.answer("It’s too expensive")
        await passed(w)
        card = await w.card_of(dana, "too expensive", "paid so far")
        assert card.text.startswith("A Pro customer cancelled: €49 a month, ends ")

        answer = await answer_to(slack, "agent", lambda: slack.choose("agent", card, "card_more", "I'll talk to them"))
        assert "It's yours" in seen(answer)
        await w.card_of(dana, "<@U0AGENT001> is talking to them")

        asked = lambda: slack.command("agent", "support", "/portal-link", "dana@acme-mail.com")  # noqa: E731  # an act
        answer = await answer_to(slack, "agent", asked)
        assert "Dana Reyes" in seen(answer)

        w.pass_time(minutes=1)
        async with Subscriber(w.sandbox, dana) as subscriber:
            await subscriber.renew()
        await passed(w)
        await w.card_of(dana, "A Pro customer took their cancellation back")
        await w.until(lambda: slack.replies(card))
        assert w.cards == [card]
        assert [reply.text for reply in slack.replies(card)] == [
            "They came back: they took the cancellation of Pro back."
        ]
        if not doors["webhooks"]:
            assert not w.sandbox.stripe.webhooks.log
        if not any((doors["webhooks"], not doors["socket_mode"])):
            assert "PUBLIC_URL" not in w.environment


async def passed(w: World) -> None:
    """Have events told, or polled for: a poll is due within ten seconds."""
    await w.sandbox.stripe.webhooks.settled()
    w.pass_time(seconds=11)
