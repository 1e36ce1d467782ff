"""`winback` and `python -m bot`: the command line."""

from bot.cli.commands import app


def main() -> None:
    """Run the command line; exit codes: 0 done, 1 failed, 2 wrong settings or arguments."""
    app(prog_name="winback")


if __name__ == "__main__":
    main()
