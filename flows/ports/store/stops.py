"""Where cases have stopped so far on their way to being won back, and what the policy last said of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from domain.ids import CaseId
from domain.results.funnel import Evaluation, Stop


class Stops(Protocol):
    """What the policy said of cases, and how far they have come."""

    async def evaluated(self, case_id: CaseId, evaluation: Evaluation) -> None:
        """Store what the policy says of a case now.

        Once it came due, it stays so: of what stood against it the last counts that did while it was due, and wanted.
        """

    async def came_due(self, *, since: datetime, until: datetime) -> Mapping[str, int]:
        """Count the cases that came due in a span, by what stood against them; none if something was proposed in it."""

    async def counts(self, *, since: datetime, until: datetime) -> Mapping[Stop, int]:
        """Count where the cases requested in a span have stopped so far, as the reports have counted them."""
