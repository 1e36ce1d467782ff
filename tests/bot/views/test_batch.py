"""A batch's message: its rows and its menu, within Slack's limits at their longest."""

from dataclasses import replace

import pytest

from bot.views.cancellations.batch import batch_message
from bot.views.cancellations.card import CardStyle
from bot.views.cancellations.head_line import head_line
from domain.winback.case_card import BatchEntry, CaseCard
from sandbox.slack.blocks import check_message
from tests.bot.samples import CARD, card

FULL = CardStyle(detail="full", portal_links=True, winback=True)
LEAN = CardStyle(detail="lean", portal_links=True, winback=True)


def entry(shown: CaseCard = CARD, *, own_card: bool = False) -> BatchEntry:
    return BatchEntry(card=shown, own_card=own_card)


def texts(style: CardStyle) -> list[str]:
    blocks = batch_message([entry(), entry(own_card=True)], style=style)["blocks"]
    [rich] = [block for block in blocks if block["type"] == "rich_text"]
    rows = rich["elements"][0]["elements"]
    return ["".join(str(run.get("text") or run["fallback"]) for run in row["elements"]) for row in rows]


def test_row_is_the_first_line_of_the_card() -> None:
    for style in (FULL, LEAN):
        first = "".join(
            str(run.get("text") or run["fallback"]) for run in head_line(CARD, named=style.detail == "full")
        )
        assert texts(style) == [first, f"{first} · has its own card"]


def test_lean_batch_has_no_name_or_comment() -> None:
    shown = str(batch_message([entry()], style=LEAN))
    assert CARD.facts.customer_name is not None
    assert CARD.facts.customer_name not in shown
    assert "Pro" in shown


@pytest.mark.parametrize("style", [FULL, LEAN])
def test_fifty_longest_rows_fit(style: CardStyle) -> None:
    long = card(number=22)
    facts = replace(long.facts, plan="Plan " * 60, customer_name="N" * 300)
    wordy = replace(long, facts=facts, still_with=replace(facts, plan="Other " * 60))
    sent = batch_message([entry(wordy, own_card=True)] * 50, style=style)
    assert check_message(sent["blocks"], charts_allowed=True)
    assert "50 cancellations" in sent["text"]
    assert len(sent["text"]) < 4000
