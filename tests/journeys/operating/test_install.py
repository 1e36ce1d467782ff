"""The wheel, installed as production has it: complete, without the demo's packages, and able to serve."""

import asyncio
import re
import signal
import subprocess
import sys
import tomllib
import venv
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from zipfile import ZipFile

import httpx2
import pytest

from bot.cli.demo import EXTRA
from bot.slack.manifest import manifest
from sandbox.bot_process import free_port, inherited_environment
from sandbox.bot_settings import environment_for
from tests.sandboxes import running

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
LOCKED = re.compile(r"^([\w.-]+)==", re.MULTILINE)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("wheel")
    run("hatchling", "build", "-t", "wheel", "-d", str(directory))
    (built,) = directory.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def winback(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command in an environment that has the wheel, the packages of the production lock, and nothing else.

    The packages are those of this environment, by links: what the lock has was installed from it before.
    """
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment, with_pip=False, symlinks=True)
    (site,) = environment.glob("lib/python*/site-packages")
    for entry in set().union(*(entries(name) for name in locked("run"))):
        (site / entry.name).symlink_to(entry)
    python = environment / "bin" / "python"
    uv = ("uv", "pip", "install", "--quiet", "--offline", "--no-index", "--no-cache", "--no-deps", "--python")
    run(*uv, str(python), str(wheel))
    return environment / "bin" / "winback"


def locked(lock: str) -> set[str]:
    return set(LOCKED.findall((ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")))


def entries(name: str) -> set[Path]:
    """Return what a package put into this environment's site-packages; nothing if it is for another platform."""
    try:
        package: Distribution = distribution(name)
    except PackageNotFoundError:
        return set()
    site = Path(str(package.locate_file("")))
    names = {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}
    return {site / name for name in names}


def run(*words: str) -> None:
    subprocess.run([sys.executable, "-m", *words], cwd=ROOT, check=True, capture_output=True)


def test_wheel_holds_every_file_of_the_rooms(wheel: Path) -> None:
    there = {
        str(file.relative_to(ROOT))
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }

    with ZipFile(wheel) as opened:
        assert {name for name in opened.namelist() if ".dist-info/" not in name} == there


def test_production_lock_leaves_the_demo_out() -> None:
    assert set(PROJECT["project"]["optional-dependencies"]["demo"]) == set(EXTRA)
    assert locked("run") & set(EXTRA) == set()
    assert locked("demo") - locked("run") >= set(EXTRA)
    assert locked("run") < locked("demo") < locked("dev")


@pytest.mark.parametrize("lock", ["run", "demo", "dev"])
def test_locks_name_no_index(lock: str) -> None:
    lines = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if "://" in line or line.startswith("-")] == []


async def test_production_says_how_to_get_the_demo(winback: Path, tmp_path: Path) -> None:
    refused = await asyncio.create_subprocess_exec(winback, "demo", cwd=tmp_path, stderr=asyncio.subprocess.PIPE)
    _, said = await refused.communicate()

    assert refused.returncode == 1
    assert "aiosmtpd, websockets" in said.decode()
    assert "`make demo`" in said.decode()


async def test_installed_wheel_serves(winback: Path, tmp_path: Path) -> None:
    async with running() as sandbox:
        environment = inherited_environment() | environment_for(sandbox, tmp_path, manifest=manifest, port=free_port())
        migrated = await asyncio.create_subprocess_exec(winback, "migrate", cwd=tmp_path, env=environment)
        assert await migrated.wait() == 0
        async with serving(winback, environment, tmp_path), httpx2.AsyncClient(trust_env=False) as client:
            page = await client.get(f"{environment['PUBLIC_URL']}/p/none")
            style = await client.get(f"{environment['PUBLIC_URL']}/static/style.css")

    assert (page.status_code, style.status_code) == (404, 200)
    assert environment["COMPANY_NAME"] in page.text


@asynccontextmanager
async def serving(winback: Path, environment: dict[str, str], directory: Path) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        winback, "serve", cwd=directory, env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert (await process.stdout.readline()).startswith(b"Ready.")
    yield
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
