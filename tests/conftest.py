"""What the tests of all rooms share: their plugins, the loop they run on, and spared work."""

import asyncio
import gc
import logging
import ssl
from functools import cache

import pytest
import uvloop

pytest_plugins = ("tests.lanes", "tests.databases", "tests.browser", "tests.honesty.plugin", "tests.sandboxes")


def pytest_configure() -> None:
    """Run on the loop that `serve` runs on; read the world's certificates once, not for each of a thousand clients."""
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())  # not by pytest-asyncio's hook: it ends fixtures early
    ssl.create_default_context = cache(ssl.create_default_context)  # type: ignore[assignment]  # takes the same
    # With PYTHONASYNCIODEBUG=1 asyncio names every callback that took a while: on a busy machine that is no fault.
    logging.getLogger("asyncio").addFilter(lambda record: not record.getMessage().startswith("Executing "))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Spare what was imported and collected, which stays, from being looked through for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
