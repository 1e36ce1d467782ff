"""`winback report`: a month's figures, in words or as CSV."""

import pytest

from bot.cli.records.case_table import COLUMNS
from tests.bot.operator import Operator


async def test_an_empty_month(operator: Operator) -> None:
    told = await operator.types("report", "--month", "2026-03")
    in_csv = await operator.types("report", "--month", "2026-03", "--csv")

    assert (told.status, told.out) == (
        0,
        "2026-03: Nobody cancelled.\n2026-03: nobody left for good, so nothing is lost.\n",
    )
    assert (in_csv.status, in_csv.out) == (0, ",".join(COLUMNS) + "\n")


@pytest.mark.parametrize("month", ["2026-13", "2026-04", "march"])
async def test_no_month_gets_a_sentence(operator: Operator, month: str) -> None:
    told = await operator.types("report", "--month", month, "--csv")

    assert (told.status, told.out) == (2, "")
    assert f"'{month}' isn't a month that has begun" in told.err
