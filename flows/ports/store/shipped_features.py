"""The port of the features that have shipped."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.ids import StaffId
from domain.winback.rule_matching import ShippedFeature


class ShippedFeatures(Protocol):
    """Features that somebody named in `/winback shipped`."""

    async def remember(self, feature: ShippedFeature, *, by: StaffId, at: datetime) -> None:
        """Store a feature; for one that is stored already, whatever its case, its synonyms are replaced."""

    async def all(self) -> Sequence[ShippedFeature]:
        """Return all features, newest first."""
