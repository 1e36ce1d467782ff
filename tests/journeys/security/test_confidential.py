"""After a story that touches everything confidential: nothing of it is in the log, in metrics or where Slack keeps ids.

In the database it is where it belongs and nowhere else.
"""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from storage import tables
from tests.journeys.faults.kills import read as rows
from tests.journeys.security.confidential import Secrets, Story
from tests.journeys.world import World, world

MEANT_FOR_CUSTOMERS = {
    "inbox.payload",
    "subscriptions.facts",
    "lookups.typed",
    "observations.comment",
    "observations.previous",
    "cases.comment",
    "cases.noted",
}
"""The columns that may name a customer or repeat their words."""
KINDS = ("customers", "links", "codes", "keys", "response_urls")


@pytest.fixture(scope="module", params=["DEBUG json", "INFO console"])
async def told(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[World, Secrets]]:
    level, style = request.param.split()
    settings = {"LOG_LEVEL": level, "LOG_FORMAT": style, "REASON_WAIT": "0s"}
    async with world(tmp_path_factory.mktemp("secrets"), settings=settings, socket_mode=False) as w:
        w.sandbox.slack.limits.enabled = False
        yield w, await Story(w).told()


async def test_nothing_confidential_is_logged(told: tuple[World, Secrets]) -> None:
    w, secrets = told
    log = w.log.read_text()
    assert "event_failed" in log
    assert "work_crashed" in log
    assert "Traceback" in log or "File " in log
    assert secrets.found_in(log, *KINDS) == set()


async def test_database_holds_no_secrets(told: tuple[World, Secrets]) -> None:
    w, secrets = told
    found = {
        f"{table.name}.{column}": secret
        for table in tables.metadata.sorted_tables
        for row in rows(w, select(table))
        for column, value in row.items()
        if isinstance(value, str) or not _plain(value)
        for secret in secrets.found_in(str(value), *KINDS)
        if secret not in secrets.customers or f"{table.name}.{column}" not in MEANT_FOR_CUSTOMERS
    }
    assert found == {}
    for file in w.log.parent.glob("winback.db*"):
        raw = file.read_bytes().decode(errors="replace")
        assert secrets.found_in(raw, "links", "keys", "response_urls") == set()
    links = rows(w, select(tables.links.c.token_digest))
    assert links
    assert all(len(row["token_digest"]) == 64 for row in links)


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float)


async def test_slack_metadata_names_nobody(told: tuple[World, Secrets]) -> None:
    w, secrets = told
    calls = [call for call in w.sandbox.slack.journal if call.method.startswith(("chat.", "views.", "response_url"))]
    beside = "\n".join(each for call in calls for each in _beside(_structured(call.arguments)))
    assert "winback_effect" in beside
    assert "talk " in beside
    assert secrets.found_in(beside, *KINDS) == set()


def _structured(value: Any) -> Any:
    """Return arguments with the JSON in them parsed."""
    if isinstance(value, dict):
        return {key: _structured(each) for key, each in value.items()}
    if isinstance(value, str) and value[:1] in {"{", "["} and not value.startswith("{date"):
        return _structured(json.loads(value))
    return [_structured(each) for each in value] if isinstance(value, list) else value


def _beside(value: Any, key: str = "") -> Iterator[str]:
    """Yield everything that is sent without being shown: ids, values, metadata and addresses of links."""
    if isinstance(value, dict):
        for name, each in value.items():
            hidden = name in {"metadata", "private_metadata", "value", "action_id", "block_id", "callback_id", "url"}
            yield from _beside(each, key or (name if hidden else ""))
    elif isinstance(value, list):
        for each in value:
            yield from _beside(each, key)
    elif key:
        yield str(value)


async def test_figures_name_nobody(told: tuple[World, Secrets]) -> None:
    w, secrets = told
    async with httpx2.AsyncClient(trust_env=False) as client:
        figures = (await client.get(f"http://127.0.0.1:{w.environment['ADMIN_PORT']}/metrics")).text
        ready = (await client.get(f"http://127.0.0.1:{w.environment['ADMIN_PORT']}/readyz")).text
    assert 'path="/p/{token}"' in figures
    assert secrets.found_in(figures + ready, *KINDS) == set()


async def test_stripe_metadata_is_empty(told: tuple[World, Secrets]) -> None:
    w, _ = told
    assert not any(session.get("metadata") for session in w.sandbox.stripe.ledger.all("billing_portal.session"))
