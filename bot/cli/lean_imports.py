"""Importing without what libraries bring along and this program never uses: a tenth of its memory and of its start."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

OPTIONAL = ("httpx", "requests", "rich")
"""What Stripe's SDK uses instead of aiohttp, and structlog for colours; both do without where it is not found."""
SESSIONS = ("sqlalchemy.ext.asyncio.scoping", "sqlalchemy.ext.asyncio.session")
"""The part of `sqlalchemy.ext.asyncio` that loads SQLAlchemy's whole ORM. Only its engine is used here."""


class _Empty(ModuleType):
    """A module in which every name is None."""

    def __getattr__(self, name: str) -> None:
        """Return None for any name that is imported from here."""


@contextmanager
def lean_imports() -> Iterator[None]:
    """Import in this block without OPTIONAL and SESSIONS, unless they're loaded, and without the garbage collector."""
    left_out = dict.fromkeys(OPTIONAL) | {name: _Empty(name) for name in SESSIONS}
    left_out = {name: module for name, module in left_out.items() if name not in sys.modules}
    sys.modules.update(left_out)  # type: ignore[arg-type]  # None: "not found", see "The module cache" in Python's manual
    gc.disable()  # imports leave no garbage worth looking for, and the search takes a fifth of their time
    try:
        yield
    finally:
        for name in left_out:
            del sys.modules[name]
        gc.freeze()  # what was imported stays, so the collector need not look through it again and again
        gc.enable()
