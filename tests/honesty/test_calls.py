"""What the bot can call is read from its source, so that the list of calls to be seen cannot go stale."""

import re

from tests.honesty import calls


def test_every_mention_of_the_api_in_billing_is_a_call_that_the_scan_resolves() -> None:
    sources = [path.read_text(encoding="utf-8") for path in calls.BILLING.rglob("*.py")]
    mentions = sum(len(re.findall(r"\bv1\.\w", source)) for source in sources)
    assert mentions == len(calls.chains(*sources)) > 0


def test_the_scan_finds_a_call_wherever_it_stands() -> None:
    source = """
async def ask(self):
    ask = lambda: client.v1.prices.list_async({"limit": 1})
    return [await self._client.v1.billing_portal.sessions.create_async({}) for _ in range(2)], client.v1.prices
"""
    assert sorted(calls.chains(source)) == ["billing_portal.sessions.create_async", "prices.list_async"]


def test_the_scan_finds_what_is_read_as_plain_json() -> None:
    source = """
async def ask(self):
    found = await self._client.read(f"subscriptions/{quote(name)}", expand=[])
    return [each async for each in client.walk("charges", limit=100)], await subscriptions.read(client, found)
"""
    assert sorted(calls.reads(source)) == ["charges", "subscriptions/{}"]


def test_the_calls_that_matter_are_among_them() -> None:
    assert {
        "GET /v1/customers",
        "GET /v1/customers/search",
        "GET /v1/events",
        "GET /v1/subscriptions/{}",
        "POST /v1/billing_portal/sessions",
    } <= calls.calls_of_billing().keys()
