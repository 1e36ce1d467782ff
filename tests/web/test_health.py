from collections.abc import Mapping, Sequence

import httpx2
import pytest

from flows.failures import Unavailable
from flows.health import Check
from web import apps
from web.metrics import Metrics


def client(*checks: Check, metrics: Metrics | None = None) -> httpx2.AsyncClient:
    async def listed() -> Sequence[Check]:
        return checks

    async def backlogs() -> Mapping[str, int]:
        return {"inbox": 3, "outbox": 4}

    app = apps.admin_app(checks=listed, status=listed, backlogs=backlogs, metrics=metrics or Metrics())
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1:8081")


GOOD = Check(name="database", ok=True, sentence="answers")
BAD = Check(name="slack", ok=False, sentence="not connected for 40 s")


async def test_the_process_is_alive() -> None:
    async with client(BAD) as asked:
        assert (await asked.get("/healthz")).status_code == 200


@pytest.mark.parametrize(("checks", "status"), [([GOOD], 200), ([GOOD, BAD], 503)])
async def test_it_is_ready_when_every_check_is_well(checks: list[Check], status: int) -> None:
    async with client(*checks) as asked:
        answer = await asked.get("/readyz")
    assert answer.status_code == status
    assert answer.json()["checks"] == [
        {"name": check.name, "ok": check.ok, "sentence": check.sentence} for check in checks
    ]


async def test_status_is_told_whatever_it_is() -> None:
    async with client(GOOD, BAD) as asked:
        answer = await asked.get("/statusz")
    assert answer.status_code == 200
    assert answer.json()["well"] is False
    assert [check["name"] for check in answer.json()["checks"]] == ["database", "slack"]


async def test_figures_are_given_as_prometheus_reads_them() -> None:
    metrics = Metrics()
    metrics.event("stored")
    metrics.effect("ShowCard", "done")
    async with client(GOOD, BAD, metrics=metrics) as asked:
        await asked.get("/healthz")
        answer = await asked.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    lines = answer.text.splitlines()
    assert 'winback_events_total{outcome="stored"} 1.0' in lines
    assert 'winback_effects_total{kind="ShowCard",outcome="done"} 1.0' in lines
    assert 'winback_backlog{queue="inbox"} 3.0' in lines
    assert 'winback_check{check="slack"} 0.0' in lines
    assert 'winback_check{check="database"} 1.0' in lines
    assert 'winback_backlog{queue="outbox"} 4.0' in lines
    assert 'winback_http_seconds_count{method="GET",path="/healthz",status="200"} 1.0' in lines


async def test_figures_go_without_backlogs_when_the_database_is_away() -> None:
    async def away() -> Mapping[str, int]:
        raise Unavailable("the database does not answer")

    async def listed() -> Sequence[Check]:
        return []

    metrics = Metrics()
    metrics.event("unavailable")
    metrics.backlogs({"inbox": 7})
    app = apps.admin_app(checks=listed, status=listed, backlogs=away, metrics=metrics)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1:8081") as asked:
        answer = await asked.get("/metrics")
    assert answer.status_code == 200
    assert 'winback_events_total{outcome="unavailable"} 1.0' in answer.text
    assert "winback_backlog{" not in answer.text
