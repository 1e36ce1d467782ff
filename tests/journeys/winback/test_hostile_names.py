"""Customers whose names are attacks: emails, pages and messages show them as they are written."""

from collections.abc import AsyncIterator

import pytest

from sandbox.mailbox import ReceivedEmail
from sandbox.slack.messages import Message
from tests.bot.seen import seen
from tests.journeys.portal_links.questions import buttons
from tests.journeys.visitor import Visitor
from tests.journeys.winback.policies import AT_ONCE
from tests.journeys.winback.winback import APPROVE, approve, joins, link_in, plain, proposals, winning_back
from tests.journeys.world import PATIENCE, World

NAMES = ["{{7*7}} Hart", "Eve\r\nBcc: x@y.z", "<script>alert(1)</script>", "*Bo* <!channel> <https://evil-mail.com|x>"]
REASONS = {"too_expensive": "our own email", "unused": "an email in the policy's words"}
OWN_WORDS = r"""
[[rules]]
name = "in our own words"
reasons = ["unused"]

  [[rules.steps]]
  after = "0 minutes"
  offer = "discount"
  percent = 10
  subject = "{{ plan }}: {{ offer }}"
  text = "Dear {{ name }},\n\nplease stay with {{ company }}."
"""


@pytest.fixture(scope="module")
async def w(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with winning_back(tmp_path_factory.mktemp("names"), AT_ONCE + OWN_WORDS) as w:
        yield w


async def email_to(w: World, name: str, address: str, reason: str) -> ReceivedEmail:
    """Let somebody of such a name leave, approve what is proposed, and wait for the email."""
    subscription = joins(w, name, email=address)
    w.sandbox.stripe.portal_cancel(subscription, reason)
    [proposal] = await w.sandbox.slack.wait_for(lambda: undecided(w), PATIENCE)
    told = plain(seen(proposal))
    assert plain(name) in told
    assert "49 Hart" not in told
    assert "Approved: " in await approve(w, proposal)
    await w.until(lambda: not undecided(w))
    return (await w.sandbox.mailbox.wait_for(lambda: w.sandbox.mailbox.to(address), PATIENCE))[0]


def undecided(w: World) -> list[Message]:
    return [each for each in proposals(w) if APPROVE in buttons(each)]


@pytest.mark.parametrize("reason", REASONS, ids=REASONS.values())
async def test_hostile_names_do_no_harm(w: World, reason: str) -> None:
    async with Visitor() as visitor:
        for number, name in enumerate(NAMES):
            address = f"{reason}{number}@scully-mail.com"
            email = await email_to(w, name, address, reason)

            assert email.to == (address,)
            assert email.header("Bcc") is None
            assert not [part for part in ("Hart", "Eve", "script", "Bo") if part in email.subject]
            assert "49 Hart" not in email.text + email.html
            assert "<script>" not in email.html
            await visitor.open(link_in(email, "o"))
            assert visitor.status == 200
            assert not [part for part in ("<script>", "49 Hart", "evil-mail.com") if part in visitor.source]
