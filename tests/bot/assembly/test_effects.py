"""The flows as the program puts them together: every kind of effect has somebody to run it."""

from flows.effects import EFFECTS
from tests.bot.harness import SlackHarness


async def test_every_effect_has_a_handler(room: SlackHarness) -> None:
    assert set(room.flows.dispatcher.registry) == set(EFFECTS)


async def test_handlers_take_their_own_effect(room: SlackHarness) -> None:
    for kind, work in room.flows.dispatcher.registry.items():
        assert work.__annotations__["effect"] is kind
