"""The lanes: which tests each of them runs, in what order, and how many examples Hypothesis draws there.

`LANE` names the lane of a run: `quick`, `test`, `calendar` or `soak`. `SEED` is a number that the order follows from,
and in the soak what Hypothesis draws; it is printed, and can be given to have a run again.
"""

import asyncio
import os
import platform
import random
import subprocess
import zlib
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it says nothing of types

LANE = os.environ.get("LANE", "test")
SHARE = {"quick": 0.1, "calendar": 0.1, "test": 1.0, "soak": 7.5}[LANE]
"""How many examples are drawn, compared with `make test`."""
HALF = os.environ.get("CALENDAR_HALF")
"""In the calendar, each file of the win-back flows, which take longest, runs on every second day: half 0 or 1."""
WHOLE = SHARE >= 1
"""Whether every exchange with the sandbox's Stripe is held against the SDK's types; the small lanes save the time."""
ROUNDS = 10 if LANE == "soak" else 1
"""How often each kill is repeated at each of its five places."""

SEED = int(os.environ.setdefault("SEED", str(random.randrange(2**32))))  # the workers of pytest-xdist inherit it

NEEDS = ("postgres", "browser", "processes")
"""Fixtures that a test in the quick lane can't have. Who starts a process without a fixture asks for the last one."""
LONG = (
    "tests/accounts/",
    "flows/winback/",
    "flows/cancellations/test_any_order.py",
    "assembly/test_program.py",
    "cli/test_backfill.py",
    "flows/events/test_odd_events.py",
    "commands/test_winback.py",
    "listeners/test_forged_values.py",
    "listeners/test_proposals.py",
    "sandbox/test_faults.py",
    "web/test_offer",
    "flows/outbox/test_first_posts.py",
    "flows/cancellations/test_loss.py",
    "flows/cancellations/test_switches.py",
    "sandbox/stripe/test_shapes.py",
    "sandbox/stripe/test_events.py",
    "sandbox/stripe/test_time.py",
    "storage/test_after_years.py",
    "web/test_unsubscribe_pages.py",
)
"""What needs no server and is too long for the quick lane all the same: above all the flows of an offer."""
CALENDAR = (
    "tests/domain/",
    "tests/flows/",
    "tests/billing/",
    "portal_links/test_emails.py::test_its_link_ends_after_three_days",
    "cancellations/test_ended.py::test_scheduled_end_with_the_period",
    "winback/test_story.py::test_discount_ends_in_a_verified_win_back",
)
"""What runs on all days of the calendar: three folders, without PostgreSQL, and one journey of each job."""
ANY_DAY = (
    "cancellations/test_any_order.py::test_skipped",
    "cancellations/test_any_order.py::test_pruning",
    "winback/offers/test_coupons.py",
    "winback/offers/test_refused_by_stripe.py",
    "winback/offers/test_unsubscribe.py",
    "winback/proposals/test_merged_persons.py",
    "winback/offers/test_crashes.py",
    "winback/offers/test_remind.py::test_a_crash",
    "winback/offers/test_two_tabs.py",
    "winback/results/test_lift_simulation.py",
    "flows/events/test_odd_events.py",
)
"""What the calendar leaves out to be quick, since it asks for no day: races, refusals, one story at many places."""
SOAK = {
    "faults/test_killed_at_a_request.py": "kills",
    "faults/test_killed_at_a_webhook.py": "kills",
    "winback/test_killed.py": "kills",
    "faults/test_slack.py::test_429_waits_as_slack_asks": "kills",
    "cancellations/test_any_order.py": "order",
    "tests/accounts/": "accounts",
    "security/test_hostile_door.py": "door",
    "faults/test_processes.py": "processes",
    "faults/test_outage.py": "outage",
}
"""The part of the soak that a file or a test belongs to; all other properties make up a part of their own."""
PARTS = (*dict.fromkeys(SOAK.values()), "properties")
SOAK_ONLY = ("accounts/test_readings.py", "faults/test_processes.py::test_three_processes_with_real_leases")
"""What only the soak runs, since it takes minutes."""
FIRST = (
    "flows/cancellations/test_any_order.py",
    "journeys/faults/test_processes.py",
    "accounts/test_accounts.py",
    "accounts/test_accepted.py",
    "accounts/test_not_refused.py",
    "journeys/faults/test_slack.py",
)
"""What takes longest begins first."""
APART = ("test_any_order.py", "test_killed_at_a_request.py")
"""Long files whose tests have nothing in common, so that several workers can share them."""


def examples(number: int) -> int:
    """Return how many examples to draw in this lane for so many in `make test`."""
    return max(1, round(number * SHARE))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    for marker in ("quick", "calendar", *(f"needs_{each}" for each in NEEDS), *PARTS):
        config.addinivalue_line("markers", f"{marker}: assigned by tests.lanes")
    config.option.hypothesis_seed = str(SEED)
    settings.register_profile(
        LANE,
        max_examples=examples(100),
        derandomize=LANE != "soak",
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],  # how fast the machine is, is no matter of the code's
    )
    settings.load_profile(LANE)
    if LANE == "quick":
        _refuse_processes()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give each test the markers of its lanes, and shuffle the files and the tests of each."""
    if config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        idle = [
            each
            for each in (*LONG, *CALENDAR, *ANY_DAY, *SOAK, *FIRST)
            if not any(each in item.nodeid for item in items)
        ]
        if idle:
            raise pytest.UsageError(f"tests/lanes.py names what is not there: {', '.join(idle)}")
    if LANE != "soak":
        left_out = [item for item in items if any(each in item.nodeid for each in SOAK_ONLY)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    for item in items:
        for marker in _markers(item):
            item.add_marker(marker)
    chance = random.Random(SEED)
    turns: dict[str, float] = {}
    for item in items:
        turns.setdefault(_file(item.nodeid), chance.random() - _file(item.nodeid).endswith(FIRST))
    told = {item.nodeid: number for number, item in enumerate(items)}
    chance.shuffle(items)
    items.sort(key=lambda item: turns[_file(item.nodeid)])
    if LANE == "calendar":  # it asks about days, and should answer alike each time
        items.sort(key=lambda item: told[item.nodeid])


def _markers(item: pytest.Item) -> Iterator[str]:
    needs = set(NEEDS).intersection(getattr(item, "fixturenames", ()))
    parameters = getattr(item, "callspec", None)
    if parameters and any("postgresql" in str(value) for value in parameters.params.values()):
        needs.add("postgres")
    if "/journeys/" in item.nodeid:
        needs.add("processes")
    yield from (f"needs_{each}" for each in needs)
    if not needs and not any(part in item.nodeid for part in LONG):
        yield "quick"
    if "postgres" not in needs and _is_about_days(item):
        yield "calendar"
    parts = [part for which, part in SOAK.items() if which in item.nodeid]
    if not parts and getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
        parts = ["properties"]
    yield from parts


def _is_about_days(item: pytest.Item) -> bool:
    file = _file(item.nodeid)
    if HALF is not None and "flows/winback/" in file and zlib.crc32(file.encode()) % 2 != int(HALF):
        return False
    return any(part in item.nodeid for part in CALENDAR) and not any(part in item.nodeid for part in ANY_DAY)


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # as above
    """Gives the tests of one file to one worker, since they share what was made for the file, except for `APART`."""

    def _split_scope(self, nodeid: str) -> str:
        file = _file(nodeid)
        return nodeid if file.endswith(APART) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    config.option.loadscopereorder = False  # the order is the seed's
    return ByFile(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return two for each core, since tests often wait."""
    return 2 * (os.cpu_count() or 1)


def pytest_report_header() -> str:
    return f"LANE={LANE} SEED={SEED}"


def pytest_unconfigure(config: pytest.Config) -> None:
    """Print the very last line: how many tests passed, failed and were skipped."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(config, "workerinput"):
        return
    passed, failed, errors, skipped = (
        len(reporter.stats.get(outcome, [])) for outcome in ("passed", "failed", "error", "skipped")
    )
    reporter.write_line(f"SEED={SEED}")
    reporter.write_line(f"{passed} passed, {failed + errors} failed, {skipped} skipped")


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def _refuse_processes() -> None:
    """Keep the quick lane quick: from now on, whoever starts a server, a browser or any other process fails."""
    platform.uname().processor  # noqa: B018  # asks a process, once; Stripe's and Slack's clients tell it to their servers

    def refuse(*_: object, **__: object) -> NoReturn:
        raise RuntimeError("The quick lane starts no process: let this test ask for the fixture `processes`.")

    def unless_for_a_test(start: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(start)
        def begin(*arguments: Any, **named: Any) -> Any:
            return refuse() if "PYTEST_CURRENT_TEST" in os.environ else start(*arguments, **named)

        return begin

    # Replaced by name: an audit hook would be called for everything that Python does.
    ways = [(os, name) for name in ("fork", "forkpty", "posix_spawn", "posix_spawnp", "system")]
    for owner, name in (*ways, (subprocess.Popen, "__init__")):
        setattr(owner, name, unless_for_a_test(getattr(owner, name)))
    asyncio.create_subprocess_exec = refuse  # uvloop starts processes itself
    asyncio.create_subprocess_shell = refuse


@pytest.fixture(scope="session")
def processes() -> None:
    """Lets a test start processes of its own, and keeps it out of the quick lane."""
