"""Who has which role: the lists of the settings, read again while the program runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.settings.errors import SettingsError
from bot.settings.settings import Settings
from bot.slack.directory import SlackDirectory
from domain.permissions import Role

log = structlog.get_logger(__name__)


def members_of(settings: Settings) -> Mapping[Role, frozenset[str]]:
    """Return the people and user groups of each role."""
    return {
        Role.SUPPORT: frozenset(settings.support_members),
        Role.MANAGER: frozenset(settings.manager_members),
        Role.ADMIN: frozenset(settings.admin_members),
        Role.VIEWER: frozenset(settings.viewer_members),
    }


@dataclass(slots=True)
class RoleLists:
    """Reads the settings again, and gives the directory what they say of roles; nothing else of them is used."""

    directory: SlackDirectory
    read: Callable[[], Settings]
    _faults: tuple[str, ...] = ()

    async def look(self, _: datetime) -> None:
        """Read once; while the settings have a fault, the roles stay as they are, and the log says so once."""
        try:
            settings = self.read()
        except SettingsError as faulty:
            if faulty.faults != self._faults:
                log.warning("roles_not_read", why="; ".join(faulty.faults))
            self._faults = faulty.faults
            return
        self._faults = ()
        if self.directory.assign(members_of(settings)):
            log.info("roles_changed", why="the settings name other people")
