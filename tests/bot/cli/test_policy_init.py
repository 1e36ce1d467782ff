"""`winback policy init` writes a policy that is right, and never over another."""

from pathlib import Path

from typer.testing import CliRunner

from bot.cli.policy import app
from bot.policy import built_in, read_policy


def run(file: Path, answers: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["init", str(file)], input=answers)
    return result.exit_code, result.output


def test_answers_stand_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"

    status, told = run(file, "opted_in\nus, nz\nEurope/Berlin\n")

    assert status == 0
    assert "TIMEZONE=Europe/Berlin" in told
    consent = read_policy(file.read_text(), zone=None, internal_domains=frozenset()).policy.consent
    assert (consent.key, consent.not_needed) == ("opted_in", frozenset({"US", "NZ"}))


def test_a_wrong_answer_is_asked_again(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"

    status, told = run(file, "\nGermany\nUK\n\nMars\nUTC\n")

    assert status == 0
    assert "not GERMANY" in told
    assert "did you mean GB?" in told
    assert "Europe/Berlin" in told
    assert file.read_text() == built_in()


def test_a_file_that_exists_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("mine")

    assert run(file, "")[0] == 2
    assert file.read_text() == "mine"


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    status, told = run(tmp_path / "nowhere" / "mine.toml", "\n\n\n")

    assert status == 1
    assert "can't be written: No such file or directory. Name another file." in told
