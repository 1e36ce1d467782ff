"""Asking `/portal-link` as a person, pressing what was answered, and reading what only they see."""

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.slack import payloads
from sandbox.slack.interactions import Interaction
from sandbox.slack.messages import Message
from sandbox.slack.seed import OTHER_TEAM
from tests.bot.seen import answers, seen
from tests.journeys.world import PATIENCE, World

COMMAND = "/portal-link"


def read(message: Message) -> str:
    """Return all the words of a private answer, its notification first."""
    return f"{message.text}\n{seen(message)}"


async def ask(
    w: World, text: str, *, who: str = "agent", where: str = "support", raw: bool = False, command: str = COMMAND
) -> Message:
    """Type the command and wait for its answer; an outsider's client cannot, so their request is sent by hand."""
    slack = w.sandbox.slack
    if who == "outsider":
        payload = payloads.command(slack, slack.person(who), slack.channel(where), command, slack.as_sent(text))
        forged = payload | {"team_id": OTHER_TEAM}
        return await answered(w, who, where, lambda: slack.deliveries.interact("slash_commands", forged))
    return await answered(w, who, where, lambda: slack.command(who, where, command, text, raw=raw))


async def answered(w: World, who: str, where: str, act: Callable[[], Awaitable[Interaction]]) -> Message:
    """Act, be acknowledged without a word, and wait for the private answer; remarks on the way are passed over."""
    slack = w.sandbox.slack
    before = len(answers(slack, who, where))
    told = await act()
    assert told.acknowledged, told
    return (await slack.wait_for(lambda: answers(slack, who, where)[before:], PATIENCE))[0]


async def press(w: World, answer: Message, action: str, *expected: str, who: str = "agent", value: str = "") -> str:
    """Press a button of an answer and wait until the answer in its place says what is expected."""
    await w.sandbox.slack.click(who, answer, action, value or None)
    await w.until(lambda: all(each in read(answer) for each in expected))
    return read(answer)


def buttons(message: Any) -> dict[str, list[str]]:
    """Return an answer's buttons by their action: their values, or where they lead."""
    found: dict[str, list[str]] = {}
    for block in message.blocks:
        for element in [*block.get("elements", []), block.get("accessory") or {}]:
            if element.get("type") == "button":
                found.setdefault(element["action_id"], []).append(element.get("value") or element.get("url") or "")
    return found


def warnings(w: World) -> list[Message]:
    """Return the bot's direct messages to the agent, without those that tell what became of a link."""
    slack = w.sandbox.slack
    return [each for each in slack.messages(slack.direct("agent")) if not each.text.startswith("Your portal link")]
