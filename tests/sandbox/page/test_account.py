"""The account's page of one customer: what runs, what comes next, what was paid, and their codes."""

import re
from html import unescape

import httpx2

from sandbox.seed import CUSTOMERS
from sandbox.server import Sandbox
from sandbox.stripe.ledger import DAY


async def shown(sandbox: Sandbox, handle: str) -> str:
    """Fetch a customer's page and read its words."""
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{sandbox.url}/as/agent/stripe/{CUSTOMERS[handle].id}")
    assert answer.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


async def test_discounts_and_taxes_are_told_with_the_invoices_they_make(shared_sandbox: Sandbox) -> None:
    hugo = await shown(shared_sandbox, "hugo")
    assert "Runs: 20% off forever (Friends); plus 19% MwSt." in hugo
    assert "€466.48 (€490.00, less €98.00, plus €74.48 tax)" in hugo
    assert re.search(r"Next invoice \d+ \w+ 20\d\d: €466\.48 \(€490", hugo)
    assert "Metadata marketing_consent: yes" in hugo


async def test_a_discount_that_ends_and_codes_and_a_pause_say_until_when(shared_sandbox: Sandbox) -> None:
    account = shared_sandbox.stripe
    subscription = account.ledger.get("subscription", CUSTOMERS["rhea"].subscription_id())
    assert "25% off for 6 months, until " in await shown(shared_sandbox, "rhea")
    account.promotion_codes.create(
        {
            "promotion": {"type": "coupon", "coupon": "HELLO"},
            "code": "FOR-RHEA",
            "customer": CUSTOMERS["rhea"].id,
            "max_redemptions": 1,
        }
    )
    resumes_at = account.ledger.now + 60 * DAY
    account.subscriptions.pause_collection(subscription, "void", resumes_at=resumes_at)
    rhea = await shown(shared_sandbox, "rhea")
    assert "FOR-RHEA : €5.00 off one invoice, used 0 of 1 times active" in rhea
    assert "Collects again" in rhea


async def test_what_has_ended_or_never_was_has_no_next_invoice(shared_sandbox: Sandbox) -> None:
    for handle in ("sven", "lone", "xena", "quin"):
        assert "Next invoice" not in await shown(shared_sandbox, handle)
