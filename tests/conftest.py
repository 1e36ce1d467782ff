"""What the tests of all rooms share: their plugins, the loop they run on, and spared work."""

import asyncio
import gc
import logging
import signal
import ssl
from functools import cache
from types import FrameType

import pytest
import structlog
import uvloop

pytest_plugins = ("tests.lanes", "tests.databases", "tests.browser", "tests.honesty.plugin", "tests.sandboxes")


def pytest_configure() -> None:
    """Run on the loop that `serve` runs on; read the world's certificates once, not for each of a thousand clients."""
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())  # not by pytest-asyncio's hook: it ends fixtures early
    ssl.create_default_context = cache(ssl.create_default_context)  # type: ignore[assignment]  # takes the same
    # asyncio takes over SIGINT for each test unless somebody has, and asks for it again in a way that words, for an
    # exception that nobody sees, all that the test's fixtures are.
    signal.signal(signal.SIGINT, _interrupt)
    # The default draws frames and colours around each traceback, which takes longer than most tests.
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])
    # With PYTHONASYNCIODEBUG=1 asyncio names every callback that took a while: on a busy machine that is no fault.
    logging.getLogger("asyncio").addFilter(lambda record: not record.getMessage().startswith("Executing "))


def _interrupt(number: int, frame: FrameType | None) -> None:
    signal.default_int_handler(number, frame)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Spare what was imported and collected, which stays, from being looked through for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
