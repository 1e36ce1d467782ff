"""The jobs that keep the database and its record in order."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from bot.assembly.workers import upkeep_jobs
from flows.ports.store import AuditEntry
from jobs.worker import WorkerContext
from storage.repositories.audit import NO_ID, head
from storage.store import SqlStore
from tests.storage.repositories.test_links import question
from tests.storage.samples import NOW

DAY = timedelta(days=1)
WORKER = WorkerContext(
    owner=uuid4(), clock=lambda: NOW, wall=lambda: NOW, stopping=asyncio.Event(), count_failure=pytest.fail
)


async def test_what_was_typed_goes_after_a_day(store: SqlStore) -> None:
    typed = replace(question(), typed="dana@acme-mail.com")
    async with store.begin() as unit:
        await unit.lookups.add(typed)
        await unit.commit()
    prune, *_ = upkeep_jobs(store, keep_events=14 * DAY, worker=WORKER)

    for later, left in ((DAY - timedelta(seconds=1), True), (DAY + timedelta(seconds=1), False)):
        await prune.run(NOW + later)
        async with store.read() as unit:
            assert (await unit.lookups.get(typed.id) is not None) is left


async def test_head_of_the_audit_log_is_logged(store: SqlStore) -> None:
    entry = AuditEntry(who="U1", action="suppress", whom="cus_1", at=NOW, outcome="done")
    async with store.begin() as unit:
        await unit.audit.append(entry)
        await unit.audit.append(replace(entry, whom="dana@acme-mail.com"))
        await unit.commit()
    async with store.read() as unit:
        rows = await unit.audit.rows(after=0, limit=5)
    *_, log_head = upkeep_jobs(store, keep_events=14 * DAY, worker=WORKER)
    with capture_logs() as logged:
        await log_head.run(NOW)

    assert [row.entry.whom for row in rows] == ["cus_1", NO_ID]
    assert [entry["head"] for entry in logged] == [head(rows[-1])]
