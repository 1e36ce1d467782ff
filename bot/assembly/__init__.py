"""The program put together: the only place that knows every room."""

from bot.assembly.start import serve
from bot.assembly.world import CannotStart, World, connected

__all__ = ["CannotStart", "World", "connected", "serve"]
