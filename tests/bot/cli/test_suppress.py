"""`winback suppress`: people suppressed from a list, however often it is read."""

import csv
from uuid import uuid4

import pytest

from domain.ids import CustomerId, PersonId
from flows.people.identify import person_keys
from tests.bot.operator import Operator


async def person(operator: Operator, customer: str, address: str) -> PersonId:
    """Return the person seen with a customer id and an address."""
    keyring = operator.keyring
    async with operator.store.begin() as unit:
        found = await unit.people.identify(
            person_keys(keyring, customer_id=CustomerId(customer), address=address),
            new_id=PersonId(uuid4()),
            now=operator.sandbox.clock.now(),
        )
        await unit.commit()
    return found


async def is_suppressed(operator: Operator, customer: str, address: str) -> bool:
    person_id = await person(operator, customer, address)
    async with operator.store.read() as unit:
        return await unit.people.suppressed(person_id)


async def test_suppression_covers_later_customers(operator: Operator) -> None:
    first = await operator.types("suppress", "add", "Dana@Quiet-Mail.com", "--why", "asked by phone")
    second = await operator.types("suppress", "add", "dana@quiet-mail.com")

    assert (first.status, first.out) == (0, "They won't be contacted again.\n")
    assert (second.status, second.out) == (0, "They were listed already.\n")
    assert await is_suppressed(operator, "cus_new", "DANA@quiet-mail.com")
    assert not await is_suppressed(operator, "cus_other", "other@quiet-mail.com")
    (entry,) = await operator.recorded("never_contact")
    assert (entry.who, entry.note) == ("cli", "asked by phone")


async def test_suppression_covers_both_spellings_of_a_domain(operator: Operator) -> None:
    await operator.types("suppress", "add", "Dana@müller-quiet.de")

    assert await is_suppressed(operator, "cus_idn", "dana@xn--mller-quiet-thb.de")


async def test_suppress_by_customer_id(operator: Operator) -> None:
    await operator.types("suppress", "add", "cus_Loud1")

    assert await is_suppressed(operator, "cus_Loud1", "loud@quiet-mail.com")


async def test_invalid_person_is_refused_unquoted(operator: Operator) -> None:
    said = await operator.types("suppress", "add", "dana at quiet")

    assert (said.status, said.out) == (2, "")
    assert "that is neither an email address nor a cus_… id" in said.err
    assert "dana" not in said.err


@pytest.mark.parametrize(
    "text",
    [
        "a@quiet-mail.com\ncus_Loud1\n\nnobody\nb@quiet-mail.com\n",
        "Name,EMAIL\nAda,a@quiet-mail.com\nLou,cus_Loud1\n,\nNo,nobody\nBea,b@quiet-mail.com\n",
    ],
)
async def test_import_skips_bad_lines_and_repeats(operator: Operator, text: str) -> None:
    file = operator.writes("list.csv", text)
    bad = text.splitlines().index(next(line for line in text.splitlines() if "nobody" in line)) + 1

    first, second = await operator.types("suppress", "import", file), await operator.types("suppress", "import", file)

    assert (first.status, first.out) == (1, "3 new, 0 listed already, 1 not read.\n")
    assert first.err == f"Line {bad}: neither an email address nor a cus_… id.\n"
    assert second.out == "0 new, 3 listed already, 1 not read.\n"
    assert await is_suppressed(operator, "cus_seen", "b@quiet-mail.com")


async def test_a_file_that_is_not_there_is_said(operator: Operator) -> None:
    said = await operator.types("suppress", "import", str(operator.directory / "none.csv"))

    assert (said.status, said.err) == (2, "none.csv cannot be read: no such file or directory.\n")


async def test_export_has_no_addresses(operator: Operator) -> None:
    await operator.types("suppress", "add", "dana@quiet-mail.com", "--why", "law, twice")
    await operator.types("suppress", "add", "cus_Loud1")

    said = await operator.types("suppress", "export")

    head, *found = csv.reader(said.lines)
    assert head == ["person", "customers", "at", "by", "why"]
    assert [(row[3], row[4]) for row in found] == [("cli", "law, twice"), ("cli", "never contact")]
    assert "@" not in said.out
