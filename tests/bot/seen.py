"""What a person sees, and waiting until they see an answer."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.views import texts
from sandbox.slack.interactions import Interaction
from sandbox.slack.messages import Message
from sandbox.slack.views import View
from sandbox.slack.workspace import Workspace

PATIENT = 20.0


def seen(shown: Message | View) -> str:
    """Return all the words in a message, a modal or a home tab."""
    found: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, list):
            for each in value:
                walk(each)
        elif isinstance(value, dict):
            if isinstance(value.get("text"), str):
                found.append(value["text"])
            for each in value.values():
                walk(each)

    walk(shown.blocks)
    return "\n".join(found)


async def answer_to(slack: Workspace, who: str, act: Callable[[], Awaitable[Interaction]]) -> Message:
    """Act as a person, who is acknowledged with nothing, and wait for the private answer that follows."""
    before = len(answers(slack, who))
    told = await act()
    assert told.acknowledged
    assert not told.body
    return (await slack.wait_for(lambda: answers(slack, who)[before:], PATIENT))[0]


def answers(slack: Workspace, who: str, where: str | None = None) -> list[Message]:
    """Return what a person was answered, in one channel or in all, without remarks that the machine is busy."""
    return [message for message in slack.ephemerals(who, where) if message.text != texts.STILL_LOOKING]


async def modal_of(slack: Workspace, who: str) -> View:
    """Wait until a modal is open in front of a person."""
    await slack.wait_for(lambda: slack.modal(who) is not None)
    modal = slack.modal(who)
    assert modal is not None
    return modal
