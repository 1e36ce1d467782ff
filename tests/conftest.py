"""What the tests of all rooms share: fixtures, and the line that says how many were skipped, none included."""

import pytest

pytest_plugins = ("tests.databases", "tests.browser", "tests.honesty.plugin", "tests.sandboxes")


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counts = {outcome: len(terminalreporter.stats.get(outcome, [])) for outcome in ("passed", "skipped")}
    terminalreporter.write_line(f"{counts['passed']} passed, {counts['skipped']} skipped")
