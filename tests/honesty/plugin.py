"""The recorder in pytest: a dishonest exchange fails the test it happened in, a call never seen fails the whole run."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.honesty.calls import calls_of_billing
from tests.honesty.recorder import Recorder

RECORDER = Recorder()
"""This process's recorder; `tests.sandboxes` shows it every sandbox."""

SEEN: Counter[tuple[str, str]] = Counter()
CALLED: Counter[str] = Counter()
"""What the recorders of all processes saw, in the process that reports."""


@pytest.fixture(autouse=True)
def honest() -> Iterator[None]:
    """Fail the test during which the sandbox or the bot said something that Stripe's types do not allow."""
    before = len(RECORDER.problems)
    yield
    found = RECORDER.problems[before:]
    assert not found, "not as the SDK's types declare:\n" + "\n".join(sorted(set(found))[:40])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take over what a worker of pytest-xdist saw."""
    told = getattr(node, "workeroutput", {}).get("honesty")
    if told:
        SEEN.update({(endpoint, name): count for endpoint, name, count in told["seen"]})
        CALLED.update(told["called"])


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over, or judge: a call that the bot can make and that no test made fails the whole suite's run."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["honesty"] = {
            "seen": [(*key, count) for key, count in RECORDER.seen.items()],
            "called": dict(RECORDER.called),
        }
        return
    SEEN.update(RECORDER.seen)
    CALLED.update(RECORDER.called)
    if _everything_ran(session) and _never_made() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print object × endpoint."""
    if not CALLED:
        return
    terminalreporter.section("Stripe, held against the SDK's types: object × endpoint")
    for endpoint in sorted({endpoint for endpoint, _ in SEEN}):
        counts = ", ".join(f"{name} {count}" for (each, name), count in sorted(SEEN.items()) if each == endpoint)
        terminalreporter.line(f"{endpoint}  {counts}")
    if terminalreporter._session is not None and _everything_ran(
        terminalreporter._session
    ):  # pytest tells it nowhere else
        for endpoint in _never_made():
            terminalreporter.line(f"never seen: {endpoint} ({calls_of_billing()[endpoint]})", red=True)


def _never_made() -> list[str]:
    return sorted(calls_of_billing().keys() - CALLED.keys())


def _everything_ran(session: pytest.Session) -> bool:
    config = session.config
    narrowed = ("keyword", "markexpr", "lf", "collectonly", "deselect", "ignore", "ignore_glob", "stepwise")
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not any(
        config.getoption(each, default=None) for each in narrowed
    )
