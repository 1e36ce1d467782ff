"""The program put together: the only place that knows every room."""

from bot.assembly.adapters import Adapters, CannotStart, WrongSettings, connected
from bot.assembly.program import serve
