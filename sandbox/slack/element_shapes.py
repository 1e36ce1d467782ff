"""The shapes and limits of Block Kit's elements (Slack: "Block elements", "Composition objects")."""

from typing import Any

from sandbox.slack.shape import (
    Check,
    Report,
    array,
    boolean,
    by_type,
    fault,
    integer,
    number,
    one_of,
    plain,
    record,
    string,
    text,
)

ID = string(255)
CONFIRM = record(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": one_of("primary", "danger")},
)
PLAIN_OPTION = record({"text": plain(75), "value": string(150)}, {"description": plain(75)})
TEXT_OPTION = record({"text": text(75), "value": string(150)}, {"description": text(75)})
LINK_OPTION = record({"text": plain(75), "value": string(150)}, {"description": plain(75), "url": string(3000)})
GROUP = record({"label": plain(75), "options": array(PLAIN_OPTION, 100)})


def _input(
    optional: dict[str, Check] | None = None, *, required: dict[str, Check] | None = None, also: Check | None = None
) -> Check:
    common = {"action_id": ID, "placeholder": plain(150), "confirm": CONFIRM, "focus_on_load": boolean}
    return record(required or {}, common | (optional or {}), also=also)


def _initials_are_options(value: dict[str, Any], pointer: str, report: Report) -> None:
    groups = value.get("option_groups") or [{"options": value.get("options", [])}]
    options = [option for group in groups for option in group["options"]]
    for key in ("initial_option", "initial_options"):
        chosen = value.get(key, [])
        for option in chosen if isinstance(chosen, list) else [chosen]:
            if option not in options:
                fault(report, f"{pointer}/{key}", "must match one of the provided options")


def _options_or_groups(value: dict[str, Any], pointer: str, report: Report) -> None:
    if ("options" in value) == ("option_groups" in value):
        fault(report, pointer, "exactly one of options and option_groups must be provided")
        return
    _initials_are_options(value, pointer, report)


def image_source(value: dict[str, Any], pointer: str, report: Report) -> None:
    if ("image_url" in value) == ("slack_file" in value):
        fault(report, pointer, "exactly one of image_url and slack_file must be provided")


SLACK_FILE = record({}, {"id": string(255), "url": string(3000)})
IMAGE = record({"alt_text": string(2000)}, {"image_url": string(3000), "slack_file": SLACK_FILE}, also=image_source)
BUTTON = record(
    {"text": plain(75)},
    {
        "action_id": ID,
        "url": string(3000),
        "value": string(2000),
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
        "agent_prompt": string(4000),
    },
)
DISPATCH = record({"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), 2)})
SELECTS: dict[str, Check] = {
    "static_select": _input(
        {"options": array(PLAIN_OPTION, 100), "option_groups": array(GROUP, 100), "initial_option": PLAIN_OPTION},
        also=_options_or_groups,
    ),
    "users_select": _input({"initial_user": string(255)}),
    "channels_select": _input({"initial_channel": string(255), "response_url_enabled": boolean}),
}
MULTI_SELECTS: dict[str, Check] = {
    "multi_static_select": _input(
        {
            "options": array(PLAIN_OPTION, 100),
            "option_groups": array(GROUP, 100),
            "initial_options": array(PLAIN_OPTION, 100),
            "max_selected_items": integer(1, 100),
        },
        also=_options_or_groups,
    ),
    "multi_users_select": _input({"initial_users": array(string(255), 100), "max_selected_items": integer(1, 100)}),
}
CHOICES: dict[str, Check] = {
    "checkboxes": _input(
        {"initial_options": array(TEXT_OPTION, 10)},
        required={"options": array(TEXT_OPTION, 10)},
        also=_initials_are_options,
    ),
    "radio_buttons": _input(
        {"initial_option": TEXT_OPTION}, required={"options": array(TEXT_OPTION, 10)}, also=_initials_are_options
    ),
}
PICKERS: dict[str, Check] = {
    "datepicker": _input({"initial_date": string(10, 10)}),
    "timepicker": _input({"initial_time": string(5, 5), "timezone": string(255)}),
}
MOMENT: dict[str, Check] = {"datetimepicker": _input({"initial_date_time": integer(1_000_000_000, 9_999_999_999)})}
FIELDS: dict[str, Check] = {
    "plain_text_input": _input(
        {
            "initial_value": string(3000),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
            "dispatch_action_config": DISPATCH,
        }
    ),
    "number_input": _input(
        {
            "initial_value": string(3000),
            "min_value": string(3000),
            "max_value": string(3000),
            "dispatch_action_config": DISPATCH,
        },
        required={"is_decimal_allowed": boolean},
    ),
    "email_text_input": _input({"initial_value": string(3000), "dispatch_action_config": DISPATCH}),
    "url_text_input": _input({"initial_value": string(3000), "dispatch_action_config": DISPATCH}),
}
OVERFLOW = record({"options": array(LINK_OPTION, 5, 2)}, {"action_id": ID, "confirm": CONFIRM})

EVERYWHERE: dict[str, Check] = {**SELECTS, **CHOICES, **PICKERS}
IN_ACTIONS = by_type({"button": BUTTON, "overflow": OVERFLOW, **EVERYWHERE, **MOMENT})
IN_SECTION = by_type({"button": BUTTON, "overflow": OVERFLOW, "image": IMAGE, **EVERYWHERE, **MULTI_SELECTS})
IN_INPUT = by_type({**EVERYWHERE, **MULTI_SELECTS, **MOMENT, **FIELDS})
IN_CONTEXT = by_type(
    {
        "image": IMAGE,
        "plain_text": record({"text": string(3000)}, {"emoji": boolean}),
        "mrkdwn": record({"text": string(3000)}, {"verbatim": boolean}),
    }
)

STYLE = record({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), boolean))
INLINE = by_type(
    {
        "text": record({"text": string(3000)}, {"style": STYLE}),
        "link": record({"url": string(3000)}, {"text": string(3000), "style": STYLE, "unsafe": boolean}),
        "user": record({"user_id": ID}, {"style": STYLE}),
        "usergroup": record({"usergroup_id": ID}, {"style": STYLE}),
        "channel": record({"channel_id": ID}, {"style": STYLE}),
        "team": record({"team_id": ID}, {"style": STYLE}),
        "emoji": record({"name": string(255)}, {"unicode": string(255), "skin_tone": integer(1, 6), "style": STYLE}),
        "date": record(
            {"timestamp": number, "format": string(255)},
            {"url": string(3000), "fallback": string(3000), "style": STYLE},
        ),
        "broadcast": record({"range": one_of("here", "channel", "everyone")}, {"style": STYLE}),
        "color": record({"value": string(7)}, {"style": STYLE}),
    }
)
INLINES = array(INLINE, 1000)
RICH_SECTION = record({"elements": INLINES})
RICH_TEXT = by_type(
    {
        "rich_text_section": RICH_SECTION,
        "rich_text_preformatted": record({"elements": INLINES}, {"border": integer(0, 1), "language": string(255)}),
        "rich_text_quote": record({"elements": INLINES}, {"border": integer(0, 1)}),
        "rich_text_list": record(
            {
                "style": one_of("bullet", "ordered"),
                "elements": array(by_type({"rich_text_section": RICH_SECTION}), 1000),
            },
            {"indent": integer(0, 8), "offset": integer(0, 10_000), "border": integer(0, 1)},
        ),
    }
)
