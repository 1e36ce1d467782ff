"""What becomes of browser tests on a machine without a browser: skipped with a message, and failed in CI."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

A_BROWSER_TEST = "tests/sandbox/page/test_view.py::test_a_modal_closes_by_its_button_its_cross_and_the_escape_key"


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(("ci", "outcome", "status"), [("true", "3 errors", 1), ("", "3 skipped", 0)])
def test_without_a_browser_its_tests_are_skipped_and_fail_in_ci(
    tmp_path: Path, ci: str, outcome: str, status: int
) -> None:
    bare = {"PATH": str(tmp_path), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path), "HOME": str(tmp_path), "CI": ci}
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", A_BROWSER_TEST],
        env={"LANG": os.environ.get("LANG", "C.UTF-8")} | bare,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (ran.returncode, outcome in ran.stdout) == (status, True), ran.stdout
    assert "there is no Chromium here" in ran.stdout
