"""Sandboxes for the tests, each watched by the recorder."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sandbox.server import Sandbox
from tests.honesty.plugin import RECORDER


@asynccontextmanager
async def running(*, seed: bool = True, clock_file: Path | None = None) -> AsyncIterator[Sandbox]:
    """Start a sandbox of one's own, and stop it in the end."""
    sandbox = Sandbox(seed=seed, clock_file=clock_file)
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
