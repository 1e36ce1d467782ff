"""The flows as the program puts them together: whatever can be asked for is done by somebody."""

from flows.effects import EFFECTS
from tests.bot.office import Office


async def test_where_all_is_set_up_every_kind_of_effect_has_its_work(room: Office) -> None:
    assert set(room.flows.dispatcher.registry) == set(EFFECTS)


async def test_each_work_takes_the_effect_it_stands_for(room: Office) -> None:
    for kind, work in room.flows.dispatcher.registry.items():
        assert work.__annotations__["effect"] is kind
