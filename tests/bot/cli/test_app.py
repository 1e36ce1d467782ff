"""The command line as a whole: help, wrong arguments and wrong settings, each with its exit code."""

from importlib.metadata import version
from pathlib import Path

import pytest

from bot.cli.commands import COMMANDS, load
from tests.command_line import winback

pytestmark = pytest.mark.usefixtures("processes")


async def test_help_names_every_word(tmp_path: Path) -> None:
    said = await winback("--help", environment={}, directory=tmp_path)

    assert said.status == 0
    assert all(f" {word} " in said.out for word in COMMANDS)


@pytest.mark.parametrize("words", [(), ("effects",), ("audit",), ("policy",), ("portal",), ("report",), ("suppress",)])
async def test_no_line_of_the_help_is_cut(tmp_path: Path, words: tuple[str, ...]) -> None:
    said = await winback(*words, "--help", environment={"COLUMNS": "80"}, directory=tmp_path)

    assert said.status == 0
    assert "..." not in said.out.partition("Commands:")[2]


async def test_every_command_can_be_loaded() -> None:
    assert [load(name).name for name in COMMANDS] == list(COMMANDS)


async def test_version(tmp_path: Path) -> None:
    said = await winback("--version", environment={}, directory=tmp_path)

    assert (said.status, said.out) == (0, f"{version('winback-bot')}\n")


async def test_typo_suggests_the_command(tmp_path: Path) -> None:
    said = await winback("doktor", environment={}, directory=tmp_path)

    assert said.status == 2
    assert "Did you mean 'doctor'?" in said.err


async def test_unknown_command_is_a_usage_error(tmp_path: Path) -> None:
    said = await winback("surf", environment={}, directory=tmp_path)

    assert said.status == 2
    assert "No such command 'surf'" in said.err


@pytest.mark.parametrize("words", [("serve",), ("doctor",), ("migrate",)])
async def test_wrong_settings_exit_with_2(tmp_path: Path, words: tuple[str, ...]) -> None:
    said = await winback(*words, environment={"PORT": "hunter2"}, directory=tmp_path)

    assert (said.status, said.out) == (2, "")
    first, *faults = said.err.splitlines()
    assert first == "The settings cannot be used; nothing was started."
    assert len(faults) == 6
    assert "- PORT: must be a whole number. Example: 8080" in faults
    assert "hunter2" not in said.err


async def test_moved_clock_needs_a_sandbox(tmp_path: Path) -> None:
    (tmp_path / "clock").write_text("0")
    live = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "STRIPE_API_KEY": "rk_live_1",
        "SECRET_KEY": "9d41c6a0f7e83b52c1d05e7fa6b48392",
        "CANCELLATIONS_CHANNEL": "C012345678",
    }

    said = await winback("clock", environment=live, directory=tmp_path, module="bot.cli.in_sandbox")

    assert said.status == 2
    assert said.err == "Only a sandbox may move the clock: no live key, and only addresses on this machine.\n"
