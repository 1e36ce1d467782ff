"""`winback serve` with its workers held: it takes events in, and works none of them off."""

import sys

from bot.assembly import program
from bot.cli.commands import app


def hold(*_: object, **__: object) -> None:
    """Start no worker."""


if __name__ == "__main__":
    program.start_workers = hold
    sys.argv[1:] = ["serve"]
    app()
