"""Run the calendar lane as if it began on days that are hard for a calendar: `python -m tests.calendar`.

`TEST_START` sets the sandbox's clock. libfaketime sets the clock of the process and of all that it starts, except the
monotonic one, by which everybody waits. Prints a line for each day, and ends with 1 if a test failed on any.
"""

import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

DAYS = {
    "the end of January": datetime(2027, 1, 31, 12, tzinfo=UTC),
    "29 February": datetime(2028, 2, 29, 12, tzinfo=UTC),
    "a minute before New Year": datetime(2027, 12, 31, 23, 59, tzinfo=UTC),
    "before clocks go forward in Berlin": datetime(2027, 3, 28, 0, 30, tzinfo=UTC),
    "before clocks go back in Berlin": datetime(2027, 10, 31, 0, 30, tzinfo=UTC),
    "today": datetime.now(UTC),
}
PYTEST = (sys.executable, "-m", "pytest", "-q", "-m", "calendar", "-p", "no:cacheprovider")
FAKETIME = {
    "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # else threads wait in vain for Python's lock
    "NO_FAKE_STAT": "1",  # else compiled modules would seem to be of another day than their source
}


def run(began_at: datetime) -> subprocess.CompletedProcess[str]:
    """Run the lane's tests in one process as if it were that moment, with ports of its own."""
    number = list(DAYS.values()).index(began_at)
    own = {"FIRST_PORT": str(24000 + 1000 * number), "CALENDAR_HALF": str(number % 2)}
    offset = round((began_at - datetime.now(UTC)).total_seconds())
    return subprocess.run(
        ["faketime", "-m", "-f", f"{offset:+d}", *PYTEST],
        env=os.environ
        | FAKETIME
        | own
        | {"LANE": "calendar", "TEST_START": began_at.isoformat(), "TZ": "Europe/Berlin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def install() -> None:
    """Make sure that libfaketime is there: root of a Debian gets it, others are told how to."""
    if shutil.which("faketime"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("No libfaketime here: installing it", flush=True)
        for words in (("update", "-qq"), ("install", "-y", "-qq", "--no-install-recommends", "faketime")):
            subprocess.run(["apt-get", *words], check=True, stdout=subprocess.DEVNULL)
        return
    sys.exit("`make calendar` needs libfaketime. On Debian and Ubuntu: sudo apt-get install faketime")


def main() -> None:
    install()
    began, failed = time.monotonic(), False
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for (name, moment), ran in zip(DAYS.items(), pool.map(run, DAYS.values()), strict=True):
            if ran.returncode:
                failed = True
                print(ran.stdout)
            counts = ran.stdout.splitlines()[-1] if ran.returncode >= 0 else f"killed by signal {-ran.returncode}"
            print(f"{moment:%Y-%m-%d %H:%M} UTC, {name}: {counts}", flush=True)
    print(f"{len(DAYS)} days in {time.monotonic() - began:.0f} s")
    sys.exit(failed)


if __name__ == "__main__":
    main()
