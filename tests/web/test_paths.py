"""Every path of the public server is in the operator's page, and no token in a path gets into the log."""

import re
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from slack_bolt.async_app import AsyncApp
from starlette.routing import Route

from bot.observability.logs import mask
from bot.slack.connections import http_route
from tests.databases import KEYRING
from tests.web.conftest import Site
from tests.web.offers import OfferSite

OPERATING = Path(__file__).parents[2] / "docs" / "operating.md"


@pytest.fixture
def paths(site: Site, offer_site: OfferSite) -> list[str]:
    """The paths of all routes that the public server can have."""
    winback = offer_site.winback
    customers = replace(site.customers, acceptance=winback.offers.acceptance, undoing=winback.offers.undoing)
    slack = http_route(AsyncApp(token="xoxb-none", signing_secret="none"), signing_secret="none", wall=site.wall)
    app = site.app(customers=customers, slack=[slack])
    return [route.path for route in app.routes if isinstance(route, Route)]


def test_operators_page_names_every_path(paths: list[str]) -> None:
    rows = re.findall(r"^\| `(/[^`]+)` \| .* \| (yes|no) \|$", OPERATING.read_text(encoding="utf-8"), re.MULTILINE)

    assert {path.removesuffix("/…"): token == "yes" for path, token in rows} == {
        re.sub(r"/(\{token\}|style\.css).*", "", path): "{token}" in path for path in paths
    }


def test_tokens_in_paths_are_masked(paths: list[str]) -> None:
    token = KEYRING.link_token(UUID(int=1), "link", KEYRING.current)
    with_token = [path for path in paths if "{token}" in path]

    assert len(set(with_token)) == 8
    for path in with_token:
        assert (
            mask(f"GET {path.format(token=token)}?x=1 HTTP/1.1") == f"GET {path.format(token='[token]')}?x=1 HTTP/1.1"
        )
