"""The emoji short names that apps use most, as characters; others stay the names they are."""

import re

_CHARACTERS = {
    "alarm_clock": "⏰",
    "arrows_counterclockwise": "🔄",
    "bar_chart": "📊",
    "bell": "🔔",
    "calendar": "📆",
    "chart_with_downwards_trend": "📉",
    "chart_with_upwards_trend": "📈",
    "credit_card": "💳",
    "email": "✉️",
    "envelope": "✉️",
    "eyes": "👀",
    "hourglass_flowing_sand": "⏳",
    "information_source": "ℹ️",
    "key": "🔑",
    "large_green_circle": "🟢",
    "large_yellow_circle": "🟡",
    "link": "🔗",
    "lock": "🔒",
    "mag": "🔍",
    "moneybag": "💰",
    "no_entry": "⛔",
    "red_circle": "🔴",
    "rotating_light": "🚨",
    "smile": "😄",
    "speech_balloon": "💬",
    "tada": "🎉",
    "telephone_receiver": "📞",
    "thumbsup": "👍",
    "warning": "⚠️",
    "wave": "👋",
    "white_check_mark": "✅",
    "white_circle": "⚪",
    "x": "❌",
}
_NAME = re.compile(r":([a-z0-9_+-]+):")


def with_emoji(text: str) -> str:
    """Put the character in the place of each `:short_name:` that is known here."""
    return _NAME.sub(lambda found: _CHARACTERS.get(found[1], found[0]), text)
