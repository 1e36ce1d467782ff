"""The operator's page says what the database holds, as the tests find it."""

import re
from pathlib import Path

from tests.journeys.security.test_confidential import MEANT_FOR_CUSTOMERS

PAGE = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")


def test_page_names_what_is_kept_in_the_clear() -> None:
    _, section = PAGE.split("**In the clear** it holds:")
    table, _, _ = section.partition("\n\nIt also holds")

    assert set(re.findall(r"`(\w+\.\w+)`", table)) == MEANT_FOR_CUSTOMERS
