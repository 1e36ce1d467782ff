"""Sandboxes for the tests: each is watched by the recorder, and begins on the same day."""

import gc
import io
import os
import pickle
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from sandbox.clock import Clock
from sandbox.server import Sandbox
from sandbox.slack.seed import seed_slack
from sandbox.stripe.account import Account
from tests import lanes
from tests.honesty.plugin import RECORDER

START = datetime.fromisoformat(os.environ.get("TEST_START", "2026-03-11T10:00:00Z"))
"""When every sandbox begins: a Wednesday with nothing special about it; `make calendar` tries days that have."""


def new_sandbox(*, seed: bool = True, clock_file: Path | None = None) -> Sandbox:
    """Return a sandbox that isn't started yet; its account's past happened once for all tests of this process."""
    sandbox = Sandbox(seed=False, clock_file=clock_file, starts_at=START)
    if seed:
        seed_slack(sandbox.slack)
        sandbox.stripe = _seeded_account(sandbox.clock)
    return sandbox


class _Pickler(pickle.Pickler):
    """Leaves out the clock, of which every sandbox has one of its own."""

    def persistent_id(self, obj: object) -> str | None:
        return "clock" if isinstance(obj, Clock) else None


class _Unpickler(pickle.Unpickler):
    def __init__(self, pickled: bytes, clock: Clock) -> None:
        super().__init__(io.BytesIO(pickled))
        self._clock = clock

    def persistent_load(self, _pid: object) -> Clock:
        return self._clock


@cache
def _pickled_account() -> bytes:
    written = io.BytesIO()
    _Pickler(written).dump(Sandbox(seed=True, starts_at=START).stripe)
    return written.getvalue()


def _seeded_account(clock: Clock) -> Account:
    gc.disable()  # else it looks in vain through thousands of new objects, all of which stay
    try:
        account: Account = _Unpickler(_pickled_account(), clock).load()
    finally:
        gc.enable()
    clock.on_move(account.run_until)
    return account


@asynccontextmanager
async def running(*, seed: bool = True, clock_file: Path | None = None) -> AsyncIterator[Sandbox]:
    """Start a sandbox of one's own, and stop it in the end."""
    sandbox = new_sandbox(seed=seed, clock_file=clock_file)
    if lanes.WHOLE:
        RECORDER.record(sandbox.stripe)
    await sandbox.start()
    try:
        yield sandbox
    finally:
        await sandbox.stop()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A seeded sandbox for one test."""
    async with running() as started:
        yield started


@pytest.fixture(scope="module")
async def shared_sandbox() -> AsyncIterator[Sandbox]:
    """A seeded sandbox for the tests of one module that change nothing in it."""
    async with running() as started:
        yield started


@pytest.fixture(scope="module")
async def empty_sandbox() -> AsyncIterator[Sandbox]:
    """A sandbox without customers for the tests of one module."""
    async with running(seed=False) as started:
        yield started
