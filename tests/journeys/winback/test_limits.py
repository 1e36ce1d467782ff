"""Two approvals are needed, or the budget is enough for one only: one decision, and an answer to each click."""

import asyncio
import copy
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.seen import answers, seen
from tests.journeys.winback.policies import AT_ONCE
from tests.journeys.winback.winback import (
    APPROVE,
    CHANGE,
    approve,
    email_to,
    offer_rows,
    opened,
    plain,
    proposal_of,
    proposed,
    submit,
    winning_back,
)
from tests.journeys.world import World

LIMITED = AT_ONCE.replace(
    "holdout = 0", 'holdout = 0\nsecond_approver_above = { eur = "20" }\nbudget_a_month = { eur = "40" }'
)


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with winning_back(tmp_path, LIMITED) as w:
        yield w


async def test_outdated_click_approves_nothing(w: World) -> None:
    subscription, proposal = await proposed(w, "Changed Since")
    looked_at = copy.deepcopy(proposal)
    form = await opened(w, "manager2", proposal, CHANGE, "Gives away at most")
    await submit(w, "manager2", form, {"offer_percent": "10"}, "Changed to 10% off 3 invoices.")
    await proposal_of(w, "Changed Since", "10% off 3 invoices")

    assert "It has changed since you looked, so nothing was done." in await approve(w, looked_at)

    assert not offer_rows(w, subscription)


async def test_two_approvals_and_one_budget(w: World) -> None:
    people = ("First Wanted", "Second Wanted")
    wanted = {name: await proposed(w, name, "This amount needs approval from two managers.") for name in people}
    again = []
    for name, (_, proposal) in wanted.items():
        assert "Nothing is sent until another one approves it too" in await approve(w, proposal)
        again.append(await proposal_of(w, name, "<@U0MANAGER1> said yes", "One more manager has to."))
        assert "your approval alone isn't enough" in await approve(w, again[-1])

    await w.kill()
    await w.bot.start()
    slack = w.sandbox.slack
    before = len(answers(slack, "manager2"))
    await asyncio.gather(*(slack.click("manager2", proposal, APPROVE) for proposal in again))

    await w.until(lambda: len(answers(slack, "manager2")) == before + 2)
    told = " ".join(plain(seen(each)) for each in answers(slack, "manager2")[before:])
    assert told.count("Approved: 20% off 3 invoices.") == 1
    assert told.count("this month's budget has only €10.60 left") == 1
    [approved] = [name for name in people if offer_rows(w, wanted[name][0])]
    [other] = set(people) - {approved}
    await email_to(w, approved)
    await proposal_of(w, other, "One more manager has to.", "Decide by")
