"""Names, sizes and docstrings of the whole checkout follow the rules of CONTRIBUTING."""

import ast
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("bot", "flows", "domain", "storage", "billing", "wording", "web", "mail", "jobs")
PRODUCT = sorted(path for room in ROOMS for path in ROOT.glob(f"{room}/**/*.py"))
SOURCES = [*PRODUCT, *sorted([*ROOT.glob("tests/**/*.py"), *ROOT.glob("bench/**/*.py")])]

# Public class names of the product that two modules define, each with the reason.
SHARED_CLASS_NAMES = {
    "Discount": "one on an invoice, one that is offered"  # `domain.billing.subscription`, `domain.winback.offer`
}
# Files whose names end in "ing" because that is the noun.
NOUNS = {
    "billing",
    "keyring",
    "offer_billing",
    "portal_setting",
    "pricing",
    "rule_matching",
    "stripe_billing",
    "operating",
}


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_class_names_are_unique() -> None:
    places = defaultdict(list)
    for path in PRODUCT:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(_name(path))

    assert {name: found for name, found in places.items() if len(found) > 1 and name not in SHARED_CLASS_NAMES} == {}


def test_a_module_names_each_thing_once() -> None:
    """A text that is written twice under one name shows the second where the first is meant."""
    twice = dict[str, int]()
    for path in PRODUCT:
        assigned = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.Assign)]
        names = Counter(each.id for node in assigned for each in node.targets if isinstance(each, ast.Name))
        twice |= {f"{_name(path)}: {name}": number for name, number in names.items() if number > 1}

    assert twice == {}


def test_assumptions_of_the_sandbox_are_listed() -> None:
    """Each `ASSUMED[name]` of the sandbox has a heading in `docs/assumptions.md`, and each heading a mark."""
    marks = {
        mark or f"{_name(path)}: ASSUMED without [name]"
        for path in sorted(ROOT.glob("sandbox/**/*.py"))
        for mark in re.findall(r"ASSUMED(?:\[([a-z-]+)\])?", path.read_text(encoding="utf-8"))
    }
    listed = re.findall(r"^## `([a-z-]+)`$", (ROOT / "docs/assumptions.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert (marks, len(listed)) == (set(listed), len(set(listed)))


def test_folders_are_small() -> None:
    sizes = Counter(path.parent for path in SOURCES)

    limits = {ROOT / folder: 25 for folder in ("wording", "domain/winback", "tests/domain/winback")}
    del sizes[ROOT / "storage/migrations/versions"]  # one for each change, for good
    assert {_name(folder): size for folder, size in sizes.items() if size > limits.get(folder, 20)} == {}


def test_files_are_short() -> None:
    files = [path for path in PRODUCT if "migrations" not in path.parts]
    lengths = {_name(path): path.read_text(encoding="utf-8").count("\n") for path in files}

    assert {name: length for name, length in lengths.items() if length > 250} == {}


def test_file_names_are_no_gerunds() -> None:
    stems = {_name(path): path.stem for path in SOURCES}

    assert [
        name for name, stem in stems.items() if stem.endswith("ing") and stem.removeprefix("test_") not in NOUNS
    ] == []


@pytest.mark.parametrize("room", [*ROOMS, "sandbox", "tests", "bench"])
def test_docstrings_begin_with_a_verb(room: str) -> None:
    """A function's docstring begins with what it does; a property or a fixture may name what it is."""
    opening = re.compile(
        r"(?:Say|Tell|Note|Name)s?\b|(?:Who|Whose|Whoever|What|Whatever|Whether|How|When|Where|Somebody|Nobody)\b"
        r"|(?:The|An?|All|Every|Each|One)\b"
    )
    found = []
    for path in sorted(ROOT.glob(f"{room}/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("test_"):
                continue
            nouns = any("property" in (mark := ast.unparse(each)) or "fixture" in mark for each in node.decorator_list)
            if not nouns and opening.match(ast.get_docstring(node) or ""):
                found.append(f"{_name(path)}:{node.lineno}")

    assert found == []
