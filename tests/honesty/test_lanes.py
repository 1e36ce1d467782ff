"""The lanes in runs of their own: the quick one refuses every process, and a seed brings an order back."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("processes")

ROOT = Path(__file__).parents[2]
STARTS = """
import asyncio, os, subprocess
from tests.nursery import begin

def test_subprocess(): subprocess.run(["true"])
def test_fork(): os.fork()
async def test_asyncio(): await asyncio.create_subprocess_exec("true")
async def test_nursery(tmp_path): await begin("bot", environment={}, directory=tmp_path, err=tmp_path / "err")
"""
TEN = "import pytest\n@pytest.mark.parametrize('number', range(10))\ndef test_number(number): pass\n"


def run(directory: Path, *suite: str, **environment: str) -> str:
    """Run a suite of its own in a lane, and return what pytest printed."""
    for number, text in enumerate(suite):
        (directory / f"test_{number}.py").write_text(text, encoding="utf-8")
    (directory / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n", encoding="utf-8")
    known = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "SEED", "LANE"))}
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-p", "tests.lanes", "-p", "no:cacheprovider", "."],
        cwd=directory,
        env=known | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.stdout


def order(printed: str) -> list[str]:
    return re.findall(r"^(test_\d.py::\S+) PASSED", printed, flags=re.MULTILINE)


def test_quick_lane_refuses_processes(tmp_path: Path) -> None:
    printed = run(tmp_path, STARTS, LANE="quick")

    assert printed.splitlines()[-1] == "0 passed, 4 failed, 0 skipped"
    assert printed.count("E       RuntimeError: The quick lane starts no process") == 4


def test_a_seed_is_an_order(tmp_path: Path) -> None:
    first, again, other = (run(tmp_path, TEN, TEN, TEN, SEED=seed) for seed in ("1", "1", "2"))

    assert order(first) == order(again) != order(other)
    assert sorted(order(first)) == sorted(order(other))
    assert "SEED=1\n30 passed, 0 failed, 0 skipped" in first


def test_an_order_keeps_files_together(tmp_path: Path) -> None:
    files = [name.partition("::")[0] for name in order(run(tmp_path, TEN, TEN, TEN))]

    assert [files[0], files[10], files[20]] == list(dict.fromkeys(files))
