"""Sandboxes for the tests: each is watched by the recorder, and begins on the same day."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest

from sandbox.server import Sandbox
from tests.honesty.plugin import RECORDER

START = datetime.fromisoformat(os.environ.get("TEST_START", "2026-03-11T10:00:00Z"))
"""When every sandbox begins: a Wednesday with nothing special about it; `make calendar` tries days that have."""


def new_sandbox(*, seed: bool = True, clock_file: Path | None = None) -> Sandbox:
    """Return a sandbox that isn't started yet."""
    return Sandbox(seed=seed, clock_file=clock_file, starts_at=START)


@asynccontextmanager
async def running(*, seed: bool = True, clock_file: Path | None = None) -> AsyncIterator[Sandbox]:
    """Start a sandbox of one's own, and stop it in the end."""
    sandbox = new_sandbox(seed=seed, clock_file=clock_file)
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
