"""The first start in a workspace: what will come here, and who left before."""

from pathlib import Path

from sandbox.slack.seed import CANCELLATIONS
from tests.journeys.world import said, world

PATIENCE = 60.0


async def test_the_first_start_says_what_will_come(tmp_path: Path) -> None:
    async with world(tmp_path, first_start=True) as w:
        slack = w.sandbox.slack
        await w.until(lambda: slack.messages(CANCELLATIONS), patience=PATIENCE)
        (first,) = slack.messages(CANCELLATIONS)
        assert "Cancellations come here" in said(first)
        assert "The 30 days before" in said(first)

        await w.bot.stop()
        await w.bot.start()
        await slack.click("admin", first, "welcome_sample")
        await w.until(lambda: len(slack.messages(CANCELLATIONS)) > 1, patience=PATIENCE)

        (again, sample) = slack.messages(CANCELLATIONS)  # no second greeting, and no card of the past
        assert again.ts == first.ts
        assert "Sample" in said(sample)
