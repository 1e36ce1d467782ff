"""Block Kit's limits (Slack: "Blocks", "Block elements", "Composition objects"), one row per refusal."""

from typing import Any

import pytest
from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    ImageBlock,
    InputBlock,
    MarkdownBlock,
    Option,
    OverflowMenuElement,
    PlainTextInputElement,
    RadioButtonsElement,
    SectionBlock,
    StaticSelectElement,
)

from sandbox.slack.blocks import check_message, check_view
from sandbox.slack.refusal import Refusal


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def section(**more: Any) -> dict[str, Any]:
    return {"type": "section", "text": mrkdwn("x"), **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain("Go"), **more}


def options(count: int) -> list[dict[str, Any]]:
    return [{"text": plain(str(number)), "value": str(number)} for number in range(count)]


def overflow(count: int) -> dict[str, Any]:
    return {"type": "overflow", "action_id": "more", "options": options(count)}


def rich(*inline: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(inline)}]}


def chart(points: list[str], categories: list[str]) -> dict[str, Any]:
    data = [{"label": label, "value": 1} for label in points]
    return {
        "type": "data_visualization",
        "title": "Lost",
        "chart": {"type": "bar", "series": [{"name": "eur", "data": data}], "axis_config": {"categories": categories}},
    }


def pie(*values: int) -> dict[str, Any]:
    segments = [{"label": str(place), "value": value} for place, value in enumerate(values)]
    return {"type": "data_visualization", "title": "Reasons", "chart": {"type": "pie", "segments": segments}}


CONFIRM = {"title": plain("Sure?"), "text": mrkdwn("Really"), "confirm": plain("Yes"), "deny": plain("No")}


@pytest.mark.parametrize(
    ("block", "pointer"),
    [
        pytest.param({"type": "sectoin"}, "/blocks/0/type", id="unknown type"),
        pytest.param(section(color="red"), "/blocks/0", id="unknown key"),
        pytest.param("section", "/blocks/0/type", id="not an object"),
        pytest.param({"type": "section"}, "/blocks/0", id="section without text and fields"),
        pytest.param(section(text=mrkdwn("x" * 3001)), "/blocks/0/text/text", id="section text 3000"),
        pytest.param(section(text=mrkdwn("")), "/blocks/0/text/text", id="empty text"),
        pytest.param(section(fields=[mrkdwn("x")] * 11), "/blocks/0/fields", id="ten fields"),
        pytest.param(section(fields=[mrkdwn("x" * 2001)]), "/blocks/0/fields/0/text", id="field 2000"),
        pytest.param(section(block_id="x" * 256), "/blocks/0/block_id", id="block_id 255"),
        pytest.param(section(text=mrkdwn("x") | {"emoji": True}), "/blocks/0/text", id="emoji on mrkdwn"),
        pytest.param({"type": "header", "text": mrkdwn("x")}, "/blocks/0/text/type", id="header is plain_text"),
        pytest.param({"type": "header", "text": plain("x" * 151)}, "/blocks/0/text/text", id="header 150"),
        pytest.param({"type": "context", "elements": [mrkdwn("x")] * 11}, "/blocks/0/elements", id="context 10"),
        pytest.param({"type": "context", "elements": [button()]}, "/blocks/0/elements/0/type", id="context button"),
        pytest.param({"type": "context", "elements": []}, "/blocks/0/elements", id="empty context"),
        pytest.param(actions(*[button()] * 26), "/blocks/0/elements", id="actions 25"),
        pytest.param(actions(button(text=mrkdwn("x"))), "/blocks/0/elements/0/text/type", id="button plain_text"),
        pytest.param(actions(button(text=plain("x" * 76))), "/blocks/0/elements/0/text/text", id="button text 75"),
        pytest.param(actions(button(value="x" * 2001)), "/blocks/0/elements/0/value", id="button value 2000"),
        pytest.param(actions(button(url="x" * 3001)), "/blocks/0/elements/0/url", id="button url 3000"),
        pytest.param(actions(button(style="bold")), "/blocks/0/elements/0/style", id="button style"),
        pytest.param(actions(button(action_id="x" * 256)), "/blocks/0/elements/0/action_id", id="action_id 255"),
        pytest.param(
            actions(button(accessibility_label="x" * 76)), "/blocks/0/elements/0/accessibility_label", id="label 75"
        ),
        pytest.param(
            actions(button(confirm=CONFIRM | {"title": plain("x" * 101)})),
            "/blocks/0/elements/0/confirm/title/text",
            id="confirm title 100",
        ),
        pytest.param(
            actions(button(confirm=CONFIRM | {"text": mrkdwn("x" * 301)})),
            "/blocks/0/elements/0/confirm/text/text",
            id="confirm text 300",
        ),
        pytest.param(
            actions(button(confirm=CONFIRM | {"deny": plain("x" * 31)})),
            "/blocks/0/elements/0/confirm/deny/text",
            id="confirm buttons 30",
        ),
        pytest.param(
            actions(button(confirm={"title": plain("x")})), "/blocks/0/elements/0/confirm", id="confirm incomplete"
        ),
        pytest.param(actions(overflow(1)), "/blocks/0/elements/0/options", id="overflow at least 2"),
        pytest.param(actions(overflow(6)), "/blocks/0/elements/0/options", id="overflow at most 5"),
        pytest.param(
            actions({"type": "static_select", "options": options(101)}), "/blocks/0/elements/0/options", id="select 100"
        ),
        pytest.param(actions({"type": "static_select"}), "/blocks/0/elements/0", id="select without options"),
        pytest.param(
            actions({"type": "static_select", "options": [{"text": plain("x" * 76), "value": "1"}]}),
            "/blocks/0/elements/0/options/0/text/text",
            id="option text 75",
        ),
        pytest.param(
            actions({"type": "static_select", "options": [{"text": plain("x"), "value": "1" * 151}]}),
            "/blocks/0/elements/0/options/0/value",
            id="option value 150",
        ),
        pytest.param(
            actions({"type": "static_select", "options": options(2), "placeholder": plain("x" * 151)}),
            "/blocks/0/elements/0/placeholder/text",
            id="placeholder 150",
        ),
        pytest.param(
            actions({"type": "static_select", "options": options(2), "initial_option": options(3)[2]}),
            "/blocks/0/elements/0/initial_option",
            id="initial option is no option",
        ),
        pytest.param(
            actions({"type": "multi_static_select", "options": options(2)}),
            "/blocks/0/elements/0/type",
            id="multi-select in actions",
        ),
        pytest.param(
            section(text=mrkdwn("x"), accessory={"type": "datetimepicker"}),
            "/blocks/0/accessory/type",
            id="datetimepicker in a section",
        ),
        pytest.param(pie(*[1] * 13), "/blocks/0/chart/segments", id="pie 12"),
        pytest.param(pie(0), "/blocks/0/chart/segments/0/value", id="pie of nothing"),
        pytest.param(
            actions({"type": "plain_text_input", "action_id": "x"}), "/blocks/0/elements/0/type", id="input in actions"
        ),
        pytest.param(
            actions(button(action_id="a"), button(action_id="a")), "/blocks/0", id="action_id twice in a block"
        ),
        pytest.param({"type": "image", "image_url": "x"}, "/blocks/0", id="image without alt_text"),
        pytest.param({"type": "image", "alt_text": "x"}, "/blocks/0", id="image without a source"),
        pytest.param({"type": "alert", "text": plain("x")}, "/blocks/0/type", id="alert is for modals"),
        pytest.param(rich({"type": "text", "text": ""}), "/blocks/0/elements/0/elements/0/text", id="rich empty text"),
        pytest.param(rich({"type": "shout"}), "/blocks/0/elements/0/elements/0/type", id="rich unknown element"),
        pytest.param(
            {"type": "rich_text", "elements": [{"type": "text", "text": "x"}]},
            "/blocks/0/elements/0/type",
            id="rich text outside a section",
        ),
        pytest.param({"type": "markdown", "text": "x" * 12_001}, "/blocks/0/text", id="markdown 12000"),
        pytest.param(
            {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]] * 101},
            "/blocks/0/rows",
            id="table 100 rows",
        ),
        pytest.param(
            {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * 21]},
            "/blocks/0/rows/0",
            id="table 20 cells",
        ),
        pytest.param(
            {"type": "table", "rows": [[{"type": "raw_text", "text": "x" * 2600}]] * 4}, "/blocks", id="table 10000"
        ),
        pytest.param(chart(["a"], ["a", "b"]), "/blocks/0/chart/series/0/data", id="a series lacks a category"),
        pytest.param(chart(["x" * 21], ["x" * 21]), "/blocks/0/chart/series/0/data/0/label", id="chart label 20"),
    ],
)
def test_an_unfit_block_is_refused_at_its_place(block: Any, pointer: str) -> None:
    with pytest.raises(Refusal) as caught:
        check_message([block], charts_allowed=True)
    assert caught.value.error == "invalid_blocks"
    assert caught.value.messages[0].endswith(f"[json-pointer:{pointer}]"), caught.value.messages


@pytest.mark.parametrize(
    ("blocks", "error"),
    [
        pytest.param([{"type": "divider"}] * 51, "invalid_blocks", id="fifty blocks"),
        pytest.param([section(block_id="a"), section(block_id="a")], "invalid_blocks", id="block_id twice"),
        pytest.param(
            [{"type": "table", "rows": [[plain("x") | {"type": "raw_text"}]]}] * 2, "invalid_blocks", id="one table"
        ),
        pytest.param([chart(["a"], ["a"])] * 3, "invalid_blocks", id="two charts"),
        pytest.param([{"type": "markdown", "text": "x" * 6001}] * 2, "invalid_blocks", id="markdown in all"),
        pytest.param([section(text=mrkdwn("x" * 2700))] * 5, "msg_blocks_too_long", id="13200 characters in all"),
        pytest.param("[{", "invalid_blocks_format", id="no JSON"),
        pytest.param({"type": "divider"}, "invalid_blocks", id="no array"),
    ],
)
def test_unfit_blocks_are_refused_together(blocks: Any, error: str) -> None:
    with pytest.raises(Refusal, match=error):
        check_message(blocks, charts_allowed=True)


def test_charts_can_be_missing_from_a_workspace() -> None:
    """Slack: data_visualization is rolled out in phases; elsewhere it is an unknown block."""
    blocks = [chart(["a"], ["a"])]
    assert check_message(blocks, charts_allowed=True) == blocks
    with pytest.raises(Refusal, match="invalid_blocks"):
        check_message(blocks, charts_allowed=False)


SDK_BLOCKS: list[Block] = [
    HeaderBlock(text="Cancelled"),
    SectionBlock(
        text="*Pro*", fields=["a", "b"], accessory=ButtonElement(text="Open", action_id="o", url="https://x.com")
    ),
    DividerBlock(),
    ContextBlock(elements=[{"type": "mrkdwn", "text": "ref"}]),
    ImageBlock(image_url="https://x.com/x.png", alt_text="A chart"),
    MarkdownBlock(text="**x**"),
    ActionsBlock(
        elements=[
            ButtonElement(
                text="Go",
                action_id="go",
                value="1",
                style="danger",
                confirm=ConfirmObject(title="Sure?", text="Really", confirm="Yes", deny="No"),
            ),
            OverflowMenuElement(action_id="more", options=[Option(text="a", value="a"), Option(text="b", value="b")]),
            StaticSelectElement(action_id="pick", placeholder="Pick", options=[Option(text="a", value="a")]),
        ]
    ),
    InputBlock(label="Why", element=PlainTextInputElement(action_id="why", multiline=True, max_length=300)),
    InputBlock(label="Which", element=RadioButtonsElement(action_id="which", options=[Option(text="a", value="a")])),
]


@pytest.mark.parametrize("block", SDK_BLOCKS, ids=lambda block: str(block.type))
def test_what_the_sdk_builds_is_taken(block: Block) -> None:
    assert check_message([block.to_dict()], charts_allowed=True) == [block.to_dict()]


def test_rich_text_of_every_kind_is_taken() -> None:
    inline: list[dict[str, Any]] = [
        {"type": "text", "text": "He said", "style": {"bold": True}},
        {"type": "link", "url": "https://x.com", "text": "x"},
        {"type": "user", "user_id": "U1"},
        {"type": "emoji", "name": "wave"},
        {"type": "date", "timestamp": 1_700_000_000, "format": "{date_short}", "fallback": "then"},
    ]
    block = rich(*inline)
    block["elements"] += [
        {"type": "rich_text_quote", "elements": inline},
        {"type": "rich_text_preformatted", "elements": inline[:1], "border": 0},
        {"type": "rich_text_list", "style": "bullet", "elements": [{"type": "rich_text_section", "elements": inline}]},
    ]
    assert check_message([block], charts_allowed=True) == [block]


def test_a_home_tab_takes_charts_but_no_tables() -> None:
    home = {"type": "home", "blocks": [chart(["a"], ["a"])]}
    assert check_view(home, surface="home") == home
    with pytest.raises(Refusal, match="invalid_arguments"):
        check_view(home | {"blocks": [{"type": "table", "rows": [[]]}]}, surface="home")
    with pytest.raises(Refusal, match="invalid_arguments"):
        check_view(home, surface="modal")
