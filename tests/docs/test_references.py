"""What the documentation points at is there, and decisions are numbered and dated."""

import re
from pathlib import Path

import pytest

from bot.cli.commands import load

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob(".github/*.md")])
DECISIONS = sorted((ROOT / "docs" / "decisions").iterdir())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_are_named_exist(page: Path) -> None:
    named = re.findall(r"`((?:\.?\w[\w-]*/)+[\w.-]*)`", page.read_text(encoding="utf-8"))

    ours = [name for name in named if (ROOT / name.partition("/")[0]).exists()]
    assert [name for name in ours if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_that_are_named_exist(page: Path) -> None:
    named = re.findall(r"(?:`|^    )winback ([a-z][^`\n]*)", page.read_text(encoding="utf-8"), re.MULTILINE)

    for name, *words in map(str.split, named):
        found = [load(name)]
        if hasattr(found[0], "commands") and words:
            found = [found[0].commands[each] for each in words[0].split("|")]
        options = {option for command in found for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options


def test_decisions_are_numbered_and_dated() -> None:
    for number, page in enumerate(DECISIONS, start=1):
        title, _, date, *_ = page.read_text(encoding="utf-8").splitlines()
        assert page.name.startswith(f"{number:04}-")
        assert title.startswith(f"# {number}. ")
        assert re.match(r"\*\d{4}-\d\d-\d\d[,*]", date)


def test_glossary_is_short_and_in_order() -> None:
    words = re.findall(r"^- \*\*(.+?)\*\*: ", (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert len(words) <= 25
    assert words == sorted(words)
