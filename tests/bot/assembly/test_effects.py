"""The flows as the program puts them together: whatever can be asked for is done by somebody."""

from tests.bot.office import Office


async def test_where_all_is_set_up_every_kind_of_effect_has_its_work(room: Office) -> None:
    assert room.flows.dispatcher._registry.missing() == set()
