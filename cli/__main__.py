"""The entry of ./leadmill: runs one command and turns every failure into one line on stderr."""

import sys
from importlib import import_module

from cli.errors import CommandError, short


def main() -> int:
    """Exit code of the command: 0, what the command says, or 2 for a misspelt one."""
    try:
        # Imported late, so that even a fault of an import is said in one line.
        run = import_module("cli.commands").run
        return int(run())
    except KeyboardInterrupt:
        print("leadmill: interrupted", file=sys.stderr)
        return 130
    except Exception as error:
        if debugging():
            raise
        return said(error)


def debugging() -> bool:
    """Whether tracebacks are wanted; not, when the settings themselves are at fault."""
    try:
        return bool(import_module("settings").Settings().debug)
    except ValueError:
        return False


def said(error: Exception) -> int:
    """Say on stderr what happened; the exit code that goes with it."""
    if isinstance(error, CommandError):
        line, code = str(error), error.code
    else:
        line, code = f"a fault in Leadmill itself: {type(error).__name__}: {short(error)}; LEADMILL_DEBUG=1 shows where", 70
    print(f"leadmill: {line}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
