"""How a command says that it cannot go on."""


class CommandError(Exception):
    """What is wrong and what to do about it, in one line for stderr; `code` is the exit code.

    `status` is the HTTP status of the server that refused, 0 where none did.
    """

    def __init__(self, line: str, *, code: int = 1, status: int = 0) -> None:
        super().__init__(line)
        self.code = code
        self.status = status


def short(error: BaseException) -> str:
    """The first line of an exception's text, or its name when it has none."""
    return next(iter(str(error).strip().splitlines()), "") or type(error).__name__
