"""What the tests of all rooms share: fixtures, who works on what, and the line that says how many were skipped."""

import asyncio
import gc
import os
import ssl
from functools import cache
from typing import Any

import pytest
import uvloop
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it says nothing of types

pytest_plugins = ("tests.databases", "tests.browser", "tests.honesty.plugin", "tests.sandboxes")

FIRST = ("flows/cancellations/test_any_order.py", "journeys/faults/test_slack.py")
"""What takes longest begins first."""
STORIES_ARE_OVER = 0.9
"""When, in parts of the whole, the last story begins; the rest, of which each takes a moment, fills the gap."""
APART = ("flows/cancellations/test_any_order.py", "journeys/faults/test_killed_at_a_request.py")
"""Long files whose tests have nothing in common."""


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # as above
    """Gives the tests of one file to one worker, since they share what was made for the file, but for those APART."""

    def _split_scope(self, nodeid: str) -> str:
        file = _file(nodeid)
        return nodeid if file.endswith(APART) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    config.option.loadscopereorder = False  # by the number of tests; the order here is better
    return ByFile(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two for each core: much of a story is waiting."""
    return (os.cpu_count() or 1) * 2


def pytest_configure() -> None:
    """Run on the loop that `serve` runs on; read the world's certificates once, not for each of a thousand clients."""
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())  # not by pytest-asyncio's hook: it ends fixtures early
    ssl.create_default_context = cache(ssl.create_default_context)  # type: ignore[assignment]  # takes the same


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Spare what was imported and collected, which stays, from being looked through for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mix the stories, in which much is waited for, with the rest, which computes: so the cores are always busy."""
    files = list(dict.fromkeys(_file(item.nodeid) for item in items))
    stories = [file for file in files if "journeys/" in file]
    others = [file for file in files if "journeys/" not in file]
    turns = {file: number / len(others) for number, file in enumerate(others)}
    turns |= {file: STORIES_ARE_OVER * number / len(stories) for number, file in enumerate(stories)}
    turns |= {file: -1 for file in files if file.endswith(FIRST)}
    items.sort(key=lambda item: turns[_file(item.nodeid)])


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counts = {outcome: len(terminalreporter.stats.get(outcome, [])) for outcome in ("passed", "skipped")}
    terminalreporter.write_line(f"{counts['passed']} passed, {counts['skipped']} skipped")


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]
