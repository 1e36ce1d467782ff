"""The plugin in runs of its own: what is dishonest fails its test, what was never called fails a whole run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.honesty.calls import calls_of_billing

ROOT = Path(__file__).parents[2]
HEAD = """
from sandbox.stripe.account import Exchange
from tests.honesty.plugin import RECORDER

EMPTY = {"object": "list", "data": [], "has_more": False, "url": "/v1/any"}

def take(endpoint, body=EMPTY):
    method, route = endpoint.split(" ")
    RECORDER.take(Exchange(method, route, route, {}, 200, body, {}))
"""
HONEST = """
def test_honest():
    take("GET /v1/events")
"""
DISHONEST = """
def test_dishonest():
    take("GET /v1/events", {"object": "list"})

def test_after_it():
    pass
"""
COMPLETE = """
def test_complete():
    for endpoint in {endpoints}:
        RECORDER.called[endpoint] += 1
    RECORDER.seen["GET /v1/events", "event"] += 1
"""


def run(directory: Path, *tests: str, arguments: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run pytest with the plugin over a small suite of its own."""
    (directory / "suite").mkdir()
    for number, test in enumerate(tests):
        (directory / "suite" / f"test_{number}.py").write_text(HEAD + test, encoding="utf-8")
    (directory / "pytest.ini").write_text("[pytest]\ntestpaths = suite\n", encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.honesty.plugin", "-p", "no:cacheprovider", *arguments],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(ROOT)} | dict.fromkeys(("PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS"), ""),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.usefixtures("processes")
def test_a_dishonest_exchange_fails_the_test_it_happened_in_and_no_other(tmp_path: Path) -> None:
    ran = run(tmp_path, DISHONEST, arguments=("-k", "dishonest or after"))
    assert ran.returncode == 1
    assert "a list with the fields ['object']" in ran.stdout
    assert "2 passed, 1 error" in ran.stdout
    assert "ERROR suite/test_0.py::test_dishonest" in ran.stdout


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_whole_run_fails_over_a_call_that_was_never_seen(tmp_path: Path, workers: str) -> None:
    ran = run(tmp_path, HONEST, HONEST, arguments=("-n", workers))
    assert "2 passed" in ran.stdout
    assert ran.returncode == 1
    assert "never seen: GET /v1/customers/search (customers/search)" in ran.stdout
    assert "never seen: GET /v1/events" not in ran.stdout


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_whole_run_that_saw_every_call_passes_and_prints_its_table(tmp_path: Path, workers: str) -> None:
    complete = COMPLETE.format(endpoints=sorted(calls_of_billing()))
    ran = run(tmp_path, complete, HONEST, arguments=("-n", workers))
    assert ran.returncode == 0, ran.stdout
    assert "never seen" not in ran.stdout
    assert "GET /v1/events  event 1" in ran.stdout


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("arguments", [("-k", "honest"), ("suite/test_0.py",)])
def test_a_part_of_the_suite_is_not_judged_for_what_it_leaves_out(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ran = run(tmp_path, HONEST, arguments=arguments)
    assert ran.returncode == 0, ran.stdout


def test_every_sandbox_of_the_suite_is_shown_to_the_recorder() -> None:
    """But that of the recorder's own tests, which spoil exchanges on purpose."""
    starting = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in (ROOT / "tests").rglob("*.py")
        if re.search(r"\bSandbox\(|= new_sandbox\(", path.read_text(encoding="utf-8"))
    }
    unseen = {name for name, text in starting.items() if "RECORDER.record(" not in text}
    assert unseen == {"tests/honesty/test_recorder.py"}
