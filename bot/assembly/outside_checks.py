"""What Slack and Stripe answered at the start; the one that didn't answer is asked again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.assembly.adapters import Adapters
from bot.slack.checks import Workspace
from flows.health import Check

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class OutsideChecks:
    """The newest checks of Slack and Stripe; `workspace` is None until Slack has answered."""

    adapters: Adapters
    checks: Sequence[Check]
    workspace: Workspace | None
    _joined: Sequence[Callable[[Workspace], None]] = ()

    def when_known(self, *joined: Callable[[Workspace], None]) -> None:
        """Call these with the workspace: now if it is known, else as soon as Slack has answered."""
        self._joined = joined
        self._join()

    def wrong(self) -> list[Check]:
        """Return what is not as it should be, or did not answer."""
        return [check for check in self.checks if not check.ok]

    async def look(self, _: datetime) -> None:
        """Check again what did not answer, Slack or Stripe."""
        away = {_of(check) for check in self.checks if check.away}
        for which in sorted(away):
            if which == "Slack":
                found, self.workspace = await self.adapters.check_slack()
            else:
                found = await self.adapters.check_stripe()
            if not any(check.away for check in found):
                log_checks(found)
            self.checks = [*(check for check in self.checks if _of(check) != which), *found]
        if "Slack" in away:
            self._join()

    def _join(self) -> None:
        if self.workspace is not None:
            for join in self._joined:
                join(self.workspace)


def log_checks(checks: Sequence[Check]) -> None:
    """Log what was found, and how to fix what is wrong."""
    for check in checks:
        level = "info" if check.ok else "warning"
        getattr(log, level)("checked", what=check.name, found=f"{check.sentence} {check.fix}".strip())


def _of(check: Check) -> str:
    """Return whom a check is about: Slack or Stripe."""
    return check.name.partition(":")[0]
