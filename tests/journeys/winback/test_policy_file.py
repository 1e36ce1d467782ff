"""A policy file that changes while the bot runs: a good one is used within a minute, a faulty one is refused."""

from collections.abc import Callable
from pathlib import Path

from bot.views.texts import FAULTY_POLICY as NOT_TAKEN
from tests.journeys.faults.kills import settled
from tests.journeys.winback.policies import AT_ONCE
from tests.journeys.winback.winback import home, leaves, proposal_of, proposals, winning_back
from tests.journeys.world import World

A_MINUTE = 60.0
NO_RULES = AT_ONCE[: AT_ONCE.index("[[rules]]")]
FAULTY = AT_ONCE.replace('"too_expensive"', '"too_dear"').replace("percent = 20", "percent = 120")


async def test_policy_file_is_reloaded(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    async with winning_back(tmp_path, NO_RULES) as w:
        await leaves(w, "Nora Norule")
        await settled(w)
        assert not proposals(w)

        file.write_text(AT_ONCE, encoding="utf-8")
        await w.until(lambda: proposals(w), patience=A_MINUTE)
        await proposal_of(w, "Nora Norule", "20% off 3 invoices")

        file.write_text(FAULTY, encoding="utf-8")
        told = await admins_home(w, lambda home: NOT_TAKEN in home)
        assert 'reasons[1]: "too_dear" isn\'t known here' in told
        assert "steps[1].percent: must be at most 100" in told
        await leaves(w, "Olga Oldrule")  # the rules that stood before still hold
        await proposal_of(w, "Olga Oldrule", "20% off 3 invoices")

        file.write_text(NO_RULES, encoding="utf-8")
        await admins_home(w, lambda home: NOT_TAKEN not in home)
        await leaves(w, "Paul Later")
        await settled(w)
        told_managers = [each for each in proposals(w) if NOT_TAKEN in each.text]
        assert len(told_managers) == 1  # in the approvals channel, once
        assert len(proposals(w)) == 2 + len(told_managers)


async def admins_home(w: World, says: Callable[[str], bool]) -> str:
    """Open the App Home as an admin again and again, a minute at most, till it says something."""
    told = ""

    async def said() -> bool:
        nonlocal told
        told = await home(w, "admin", "Health")
        return says(told)

    await w.seen(said, patience=A_MINUTE)
    return told
