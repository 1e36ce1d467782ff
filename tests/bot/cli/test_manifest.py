"""`winback manifest` needs no settings: it is the first command an operator types."""

import json
from pathlib import Path

import pytest

from bot.slack.manifest import SCOPES, manifest
from tests.command_line import winback

pytestmark = pytest.mark.usefixtures("processes")


async def test_manifest_prints_only_json(tmp_path: Path) -> None:
    said = await winback("manifest", environment={}, directory=tmp_path)

    assert (said.status, said.err) == (0, "")
    assert json.loads(said.out) == manifest(socket_mode=True, public_url=None)


async def test_manifest_for_http_names_the_url(tmp_path: Path) -> None:
    said = await winback("manifest", "--public-url", "https://bot.acme.com/", environment={}, directory=tmp_path)

    assert json.loads(said.out) == manifest(socket_mode=False, public_url="https://bot.acme.com")


async def test_manifest_needs_https(tmp_path: Path) -> None:
    said = await winback("manifest", "--public-url", "http://bot.acme.com", environment={}, directory=tmp_path)

    assert (said.status, said.out) == (2, "")
    assert said.err == "--public-url must be an https address. Example: https://winback.your-company.com\n"


async def test_every_scope_has_a_reason(tmp_path: Path) -> None:
    said = await winback("manifest", "--reasons", environment={}, directory=tmp_path)

    assert said.lines == [f"{scope}: {reason}" for scope, reason in SCOPES.items()]
