"""The table that `make bench` ends with: README's figures come from it."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Table:
    """Lines of figures, each with the values of all rounds; a line is printed as soon as it is known."""

    lines: list[tuple[str, str]] = field(default_factory=list)

    def add(self, what: str, values: Sequence[float], unit: str, *, digits: int = 1) -> None:
        """Add a line: the median of the rounds, and their range."""
        middle = f"{statistics.median(values):,.{digits}f} {unit}"
        found = f"{middle} ({min(values):,.{digits}f} to {max(values):,.{digits}f})" if len(values) > 1 else middle
        self.lines.append((what, found))
        print(f"  {what:74} {found}", flush=True)

    def print(self) -> None:
        """Print all lines once more, as one table."""
        print("\n| what | median of all rounds (range) |\n|---|---|")
        for what, found in self.lines:
            print(f"| {what} | {found} |")


TABLE = Table()
