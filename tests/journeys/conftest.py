"""One world for all the stories of a module, where they do not disturb one another."""

from collections.abc import AsyncIterator

import pytest

from tests.journeys.world import World, world


@pytest.fixture(scope="module")
async def w(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A running bot that waits for no reasons; whoever breaks something there mends it."""
    async with world(tmp_path_factory.mktemp("world"), settings={"REASON_WAIT": "0s"}) as shared:
        yield shared
