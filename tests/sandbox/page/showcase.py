"""A card and a modal that hold every element the page draws, with markup where a customer's words may stand."""

from typing import Any

EVIL = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
EVIL_SENT = EVIL.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": True}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def option(value: str, text: str) -> dict[str, Any]:
    return {"value": value, "text": plain(text)}


COLOURS = [option("red", "Red"), option("green", "Green"), option("blue", "Blue")]
CONFIRM = {
    "title": plain("Are you sure?"),
    "text": mrkdwn("Dana will get *nothing* from us again."),
    "confirm": plain("Never again"),
    "deny": plain("Keep"),
    "style": "danger",
}

CARD: list[dict[str, Any]] = [
    {"type": "header", "text": plain("Dana Kim cancelled Pro :warning:")},
    {
        "type": "section",
        "text": mrkdwn("*bold* _italic_ ~struck~ `code` <https://example.com/a?b=1&amp;c=2|a link>\n> a quote"),
        "accessory": {
            "type": "static_select",
            "action_id": "colour",
            "placeholder": plain("Pick a colour"),
            "options": COLOURS,
        },
    },
    {
        "type": "section",
        "fields": [
            mrkdwn("*Worth*\n€49.00 a month"),
            mrkdwn("*Ends*\n<!date^1764720000^{date_long} at {time}|3 December 2025>"),
            mrkdwn("*For*\n<@U0AGENT001> in <#C0SUPPORT1>"),
            mrkdwn(f"*Reason*\n{EVIL_SENT}"),
        ],
    },
    {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [{"type": "text", "text": "The customer's words", "style": {"bold": True}}],
            },
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": f"Too dear. {EVIL} *not bold*"}]},
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": "first"}]},
                    {"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U0MANAGER1"}]},
                ],
            },
        ],
    },
    {
        "type": "context",
        "elements": [
            mrkdwn("their second cancellation"),
            {"type": "plain_text", "text": "ref :x: 7f3k", "emoji": False},
        ],
    },
    {"type": "divider"},
    {"type": "image", "image_url": "https://example.com/chart.png", "alt_text": "A chart of October"},
    {
        "type": "table",
        "rows": [
            [{"type": "raw_text", "text": "Reason"}, {"type": "raw_text", "text": "Lost"}],
            [{"type": "raw_text", "text": "too expensive"}, {"type": "raw_text", "text": "€490"}],
        ],
        "column_settings": [{"align": "left"}, {"align": "right"}],
    },
    {
        "type": "data_visualization",
        "title": "Lost and kept",
        "chart": {
            "type": "bar",
            "series": [
                {"name": "Lost", "data": [{"label": "Sep", "value": 5}, {"label": "Oct", "value": 8}]},
                {"name": "Kept", "data": [{"label": "Sep", "value": 2}, {"label": "Oct", "value": 4}]},
            ],
            "axis_config": {"categories": ["Sep", "Oct"]},
        },
    },
    {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": "talk",
                "text": plain("I'll talk to them"),
                "style": "primary",
                "value": "case/1",
            },
            {
                "type": "button",
                "action_id": "stripe",
                "text": plain("Open in Stripe"),
                "url": "https://dashboard.stripe.com/test/customers/cus_1",
            },
            {"type": "button", "action_id": "never", "text": plain("Never contact"), "confirm": CONFIRM},
            {
                "type": "overflow",
                "action_id": "more",
                "options": [option("feature", "Asked for…"), option("link", "Portal link")],
            },
            {"type": "datepicker", "action_id": "on", "placeholder": plain("Remind me on")},
            {"type": "checkboxes", "action_id": "tags", "options": COLOURS[:2]},
        ],
    },
]

MODAL: dict[str, Any] = {
    "type": "modal",
    "callback_id": "follow_up",
    "title": plain("How did it go?"),
    "submit": plain("Save"),
    "close": plain("Not now"),
    "blocks": [
        {
            "type": "input",
            "block_id": "words",
            "label": plain("What did they say?"),
            "element": {"type": "plain_text_input", "action_id": "words", "multiline": True},
            "hint": plain("Their own words, please."),
        },
        {
            "type": "input",
            "block_id": "outcome",
            "label": plain("Outcome"),
            "element": {"type": "radio_buttons", "action_id": "outcome", "options": COLOURS},
        },
        {
            "type": "input",
            "block_id": "feature",
            "optional": True,
            "label": plain("Missing feature"),
            "element": {"type": "static_select", "action_id": "feature", "options": COLOURS},
        },
        {
            "type": "input",
            "block_id": "when",
            "optional": True,
            "label": plain("Call again at"),
            "element": {"type": "timepicker", "action_id": "when"},
        },
    ],
}
