"""Cards in a real browser: how much of the channel each takes."""

from dataclasses import replace

import pytest
from playwright.async_api import Page

from bot.views.cancellations.card import CardStyle, card_message
from domain.cancellations.stored_case import Enrichment, Paid
from domain.ids import StaffId
from domain.money import Money
from domain.winback.case_card import CaseCard
from sandbox.server import Sandbox
from sandbox.slack.seed import CANCELLATIONS
from tests.bot.samples import CARD, NOW, card
from tests.sandbox.page.conftest import App

PAID = Enrichment(paid=Paid(amount=Money(39200, "eur"), at_least=True), decline_code=None)
OWNED = card(case={"owner": StaffId("U0AGENT001"), "owned_at": NOW, "enrichment": PAID}, number=2)
STYLE = CardStyle(detail="full", portal_links=True, winback=True)
HIGHEST = 150
"""In pixels, so that six fit 900 of them."""


@pytest.mark.parametrize(
    ("shown", "style"),
    [(CARD, STYLE), (OWNED, STYLE), (CARD, replace(STYLE, detail="lean"))],
    ids=["plain", "owned", "lean"],
)
async def test_without_a_comment_six_fit_a_screen(
    page: Page, sandbox: Sandbox, app: App, shown: CaseCard, style: CardStyle
) -> None:
    await page.set_viewport_size({"width": 1440, "height": 900})
    message = card_message(shown, style=style)
    await app.web.chat_postMessage(channel=CANCELLATIONS, text=message["text"], blocks=message["blocks"])
    await page.goto(f"{sandbox.url}/as/agent/channel/{CANCELLATIONS}")

    [height] = await page.locator("article.message").evaluate_all(
        "cards => cards.map(card => card.getBoundingClientRect().height)"
    )
    assert height <= HIGHEST
