"""Who a command signs in as. A password never comes from the command line, where every user of the machine could read it."""

import getpass
import sys
from dataclasses import dataclass
from pathlib import Path

from cli.errors import CommandError
from cli.running import running
from cli.welcome import DEMO_PASSWORD, DEMO_USER
from settings import Settings


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user of the dialer with API access."""

    user: str
    password: str


def find_credentials(settings: Settings, address: str, user: str | None, password_file: Path | None) -> Credentials:
    """From the options, else LEADMILL_USER and LEADMILL_PASSWORD, else the demo user of the Leadmill here, else asked for.

    Raises CommandError when there is nobody to ask.
    """
    name = user or settings.user
    if password_file is not None:
        return Credentials(required(name), read_password(password_file))
    if settings.password and name:
        return Credentials(name, settings.password)
    if name in ("", DEMO_USER) and is_demo(settings, address):
        return Credentials(DEMO_USER, DEMO_PASSWORD)
    name = required(name)
    if not sys.stdin.isatty():
        raise CommandError(f"no password for user {name}; set LEADMILL_PASSWORD or give --password-file")
    return Credentials(name, getpass.getpass(f"Password of {name}: "))


def is_demo(settings: Settings, address: str) -> bool:
    """Whether the server is the one that runs on our own data folder with invented data: only it is offered the well-known password."""
    here = running(settings.data_dir)
    return here is not None and here.demo and here.address == address


def required(name: str) -> str:
    """The user's name. Raises CommandError when there is none."""
    if not name:
        raise CommandError("no user to sign in as; give --user or set LEADMILL_USER")
    return name


def read_password(file: Path) -> str:
    """The first line of a file. Raises CommandError when it cannot be read or is empty."""
    try:
        password = file.read_text().partition("\n")[0].rstrip("\r")
    except OSError as error:
        raise CommandError(f"cannot read {file}: {error.strerror}; give a file whose first line is the password") from error
    if not password:
        raise CommandError(f"{file} is empty; its first line should be the password")
    return password
