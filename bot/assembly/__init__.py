"""The program put together: the only place that knows every room."""

from bot.assembly.adapters import Adapters, CannotStart, connected
from bot.assembly.program import serve
