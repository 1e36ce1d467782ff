"""Every customer of the seed, every page, every role: who is answered what."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from sandbox.seed import CUSTOMERS
from sandbox.slack.channels import Channel
from sandbox.slack.messages import Message
from tests.journeys.portal_links.questions import ask, buttons, read
from tests.journeys.portal_links.table import DENIED, FOUND, PAGES, TABLE
from tests.journeys.world import World, world

LANES = 8
"""Questions on their way at once, each in a channel of its own, so that answers are told apart."""
ROLES = {"support": "agent", "manager": "manager", "nobody": "nobody", "guest": "guest", "outsider": "outsider"}


@pytest.fixture(scope="module")
async def shared_world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    generous = {"LOOKUPS_PER_MINUTE": "100000", "LOOKUPS_PER_DAY": "100000"}
    async with world(tmp_path_factory.mktemp("table"), settings=generous, socket_mode=False) as w:
        slack = w.sandbox.slack
        slack.limits.enabled = False
        for lane in range(LANES):
            name, everybody = f"lane-{lane}", [*slack.people]
            slack.channels[name] = Channel(
                id=name, name=name, kind=slack.channel("support").kind, team_id=slack.team_id, members=everybody,
                created=int(time.time()),
            )  # fmt: skip
        w.sandbox.stripe.portal.configuration["features"]["subscription_pause"]["enabled"] = True
        w.pass_time(minutes=2)  # what was read of the portal's settings at the start is good for a minute
        yield w


def test_every_customer_has_a_row() -> None:
    assert TABLE.keys() == CUSTOMERS.keys()


async def asked(w: World, who: str) -> list[tuple[str, str, Message]]:
    """Ask for everybody and every page as one person: handle, page, answer."""
    questions = iter([(handle, page) for handle in TABLE for page in PAGES])
    answers: list[tuple[str, str, Message]] = []

    async def lane(number: int) -> None:
        for handle, page in questions:
            text = f"{TABLE[handle].typed} {page}".strip()
            answers.append((handle, page, await ask(w, text, who=who, where=f"lane-{number}")))

    await asyncio.gather(*map(lane, range(LANES)))
    return answers


@pytest.mark.parametrize("role", ["support", "manager"])
async def test_staff_answers_match_the_table(shared_world: World, role: str) -> None:
    wrong = []
    for handle, page, answer in await asked(shared_world, ROLES[role]):
        row, said = TABLE[handle], read(answer)
        found = getattr(row, page or "home") == FOUND
        told = row.told if found else ""
        # No link may exist before a second press, and none may be offered for whoever is not found.
        offered = buttons(answer).keys() & {"email_link", "show_link"}
        expected = {"show_link", "email_link"} if found else set()
        if handle == "noah":  # without an address on file nobody can be written to, nor be sent a code
            expected = set()
        if handle == "mona" and role == "support":  # a fresh address: an email to it takes a manager
            expected -= {"email_link"}
        if row.expected(page) not in said or told not in said or offered != expected or "/p/" in said:
            wrong.append(f"{handle} {page or 'home'}: {said!r} with {sorted(offered)}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", sorted(DENIED))
async def test_denied_answers_are_all_alike(shared_world: World, role: str) -> None:
    answers = await asked(shared_world, ROLES[role])

    assert len(answers) == len(TABLE) * len(PAGES)
    assert {answer.text.startswith(DENIED[role]) for _, _, answer in answers} == {True}
    assert len({read(answer) for _, _, answer in answers}) == 1
