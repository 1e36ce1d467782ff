"""Many cancellations as one message: a numbered row each, and a menu that opens the card of one.

Slack takes 13,200 characters in all blocks of a message: 50 rows and entries of the menu, at their longest, stay below.
"""

from collections.abc import Iterable, Iterator

from bot.views.blocks import Block, Message, actions, context, header, plain_text, select, text_run
from bot.views.cancellations.card import CardStyle
from bot.views.cancellations.head_line import head_line
from domain.winback.case_card import BatchEntry, CardBatch, CaseCard
from wording.sanitize import cut, one_line

OPEN_CASE = "batch_open_case"

_MOST_NAME = 30
_MOST_ROW = 160
_MOST_ENTRY = 45
_HAS_CARD = " · has its own card"


def batch_message(batch: CardBatch, *, style: CardStyle) -> Message:
    """Return a batch's message; its rows keep their numbers, whatever becomes of their cases."""
    many = f"{len(batch)} cancellations" if len(batch) > 1 else "1 cancellation"
    rows = [_row(entry, style) for entry in batch]
    return {
        "text": f"{many} in one message. Open one to see its card.",
        "blocks": [
            header(many),
            {"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "ordered", "elements": rows}]},
            actions(_menu(batch, style)),
            context(plain_text("They came too fast for a message each. Every row is kept up to date.")),
        ],
    }


def _row(entry: BatchEntry, style: CardStyle) -> Block:
    """Return one row: the first line of the case's card, as rich text, which has no markup."""
    runs = _cut_runs(head_line(entry.card, named=style.detail == "full"), _MOST_ROW)
    return {"type": "rich_text_section", "elements": [*runs, *[text_run(_HAS_CARD)] * entry.own_card]}


def _cut_runs(runs: Iterable[Block], most: int) -> Iterator[Block]:
    """Cut a line to so many characters; what is no text counts as its fallback, or as a name."""
    for run in runs:
        text = run.get("text")
        length = len(text if text is not None else run.get("fallback", " " * _MOST_NAME))
        if length > most:
            if text is not None and most > 0:
                yield run | {"text": cut(text, most)}
            return
        most -= length
        yield run


def _menu(batch: CardBatch, style: CardStyle) -> Block:
    entries = {
        str(entry.card.case.id): cut(f"{number}. {_name(entry.card, style) or _plan(entry.card)}", _MOST_ENTRY)
        for number, entry in enumerate(batch, start=1)
    }
    return select(OPEN_CASE, entries, placeholder=plain_text("Open a case…"))


def _name(card: CaseCard, style: CardStyle) -> str:
    """Return the customer's name; a lean message has none."""
    return cut(one_line(card.facts.customer_name or ""), _MOST_NAME) if style.detail == "full" else ""


def _plan(card: CaseCard) -> str:
    return one_line(card.facts.plan)
