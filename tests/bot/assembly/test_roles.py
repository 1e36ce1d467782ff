"""Roles follow the settings' file without a restart; a faulty file changes nothing."""

from pathlib import Path

import pytest

from bot.assembly.roles import RoleLists
from bot.settings.errors import SettingsError
from bot.settings.settings import Settings
from bot.slack.client import slack_client
from bot.slack.directory import SlackDirectory
from domain.ids import StaffId
from domain.permissions import Role
from flows.people.manager_changes import ManagerChanges
from flows.ports import Staff
from sandbox.server import Sandbox
from storage.store import SqlStore
from tests.bot.harness import SETTINGS, TEAM, wall
from tests.bot.samples import NOW
from tests.builders.context import a_context


async def test_roles_follow_the_file(sandbox: Sandbox, store: SqlStore, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    known = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "STRIPE_API_KEY": "rk_test_1",
        "SECRET_KEY": "c83a5e17f09b4d62a71e0c95f8d3b64e",
        "CANCELLATIONS_CHANNEL": "C0CANCEL01",
    }

    def write(**changed: str) -> None:
        file.write_text("".join(f"{name}={value}\n" for name, value in (known | changed).items()))

    client = slack_client(token=sandbox.slack.installation.bot_token, base_url=sandbox.slack_api_url)
    directory = SlackDirectory(client, team_id=TEAM, members={Role.MANAGER: frozenset({"U0MANAGER1"})}, wall=wall)
    managers = ManagerChanges(a_context(store, directory=directory, settings=SETTINGS))
    await managers.look(now=NOW)
    lists = RoleLists(directory, read=lambda: Settings(_env_file=file))

    async def has(who: str) -> bool:
        return Role.MANAGER in await directory.roles(Staff(id=StaffId(who), team_id=TEAM))  # type: ignore[operator]  # members all

    write(MANAGER_MEMBERS="U0MANAGER2,U0AGENT001")
    await lists.look(NOW)
    assert [await has(each) for each in ("U0MANAGER1", "U0MANAGER2", "U0AGENT001")] == [False, True, True]

    await managers.look(now=NOW)
    async with store.read() as unit:
        rows = await unit.audit.rows(after=0, limit=10)
    changes = {(row.entry.whom, row.entry.outcome) for row in rows}
    assert changes == {("U0MANAGER2", "became"), ("U0AGENT001", "became"), ("U0MANAGER1", "ceased")}

    write(MANAGER_MEMBERS="mara", SLACK_BOT_TOKEN="")
    with pytest.raises(SettingsError):
        lists.read()
    await lists.look(NOW)
    assert await has("U0AGENT001")
