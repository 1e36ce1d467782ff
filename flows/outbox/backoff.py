"""How long to wait before asking again; the waits stand in rows, so that they outlive the process."""

from datetime import timedelta

MAX_DELAY = timedelta(minutes=5)
SETTLE_TIME = timedelta(seconds=5)
"""After an unclear result: how long the other side may take till a search finds what it did."""


def retry_delay(attempts: int) -> timedelta:
    """Wait 1, 2, 4 … seconds, five minutes at most, after so many failed attempts."""
    return min(timedelta(seconds=2 ** min(attempts, 10)), MAX_DELAY)
