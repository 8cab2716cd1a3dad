"""The caller behind a request: remembered for a moment, so that most requests cost no database access."""

import secrets
from base64 import b64decode
from collections.abc import Mapping
from hashlib import blake2b
from typing import Annotated

import structlog
from fastapi import Depends, Request
from fastapi.security.http import HTTPAuthorizationCredentials, HTTPBase

from api.database import Database
from api.problems import Problem
from api.remembered import Remembered
from dialer.callers import IP_NOT_ALLOWED, LOCKED, LOGIN_INCORRECT, Login, authenticate
from dialer.clock import moment
from dialer.system_settings import system_settings
from protocol.functions import Caller
from protocol.parameters import text_of
from protocol.replies import Line, Said
from settings import Settings

log = structlog.get_logger(__name__)


class Authentication:
    """Finds the caller of a request. Only who got in is remembered, for settings.caller_cache seconds."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._zone = settings.zone
        self._database = database
        self._system: Remembered[str, Mapping[str, str]] = Remembered(settings.settings_cache)
        self._callers: Remembered[tuple[str, bytes, str], Caller | Said] = Remembered(settings.caller_cache, _got_in)
        self._secret = secrets.token_bytes(32)

    async def system(self) -> Mapping[str, str]:
        """The dialer's system_settings. Raises DatabaseUnavailable."""
        return await self._system.find("", self._read_system)

    async def caller(self, user: str, password: str, client_ip: str) -> Caller | Said:
        """The caller, or the line that refuses it. Raises DatabaseUnavailable."""
        # Nothing in memory tells the password: the digest is keyed with a secret of this process.
        key = (user, blake2b(password.encode(), key=self._secret, digest_size=16).digest(), client_ip)
        return await self._callers.find(key, lambda: self._log_in(Login(user=user, password=password, client_ip=client_ip)))

    async def _log_in(self, login: Login) -> Caller | Said:
        system = await self.system()
        found = await self._database.run(lambda: self._authenticate(login, system))
        if isinstance(found, Said):
            log.warning("login refused", user=login.user, client_ip=login.client_ip, answer=found.text.rstrip())
        return found

    def _authenticate(self, login: Login, system: Mapping[str, str]) -> Caller | Said:
        with self._database.writing() as connection:
            return authenticate(login, system, moment(self._zone), connection)

    async def _read_system(self) -> Mapping[str, str]:
        return await self._database.run(self._system_row)

    def _system_row(self) -> Mapping[str, str]:
        with self._database.reading() as connection:
            return system_settings(connection)


async def basic_caller(
    request: Request, sent: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBase(scheme="basic", auto_error=False))]
) -> Caller:
    """The caller of a /v1 request, by HTTP Basic: the same users, passwords and rules as the legacy API."""
    user, colon, password = basic_credentials(sent.credentials if sent and sent.scheme.lower() == "basic" else "")
    if not colon:
        raise _problem(LOGIN_INCORRECT)
    authentication: Authentication = request.app.state.authentication
    found = await authentication.caller(user, password, address(request.client.host if request.client else ""))
    if isinstance(found, Caller):
        return found
    raise _problem(found.line)


SignedIn = Annotated[Caller, Depends(basic_caller)]
"""The caller of a /v1 request, as a parameter of an endpoint."""


def basic_credentials(sent: str) -> tuple[str, str, str]:
    """User, colon and password (RFC 7617); no colon if they are none. Letters may be UTF-8 or ISO 8859-1."""
    try:
        return text_of(b64decode(sent)).partition(":")
    except ValueError:
        return "", "", ""


def _problem(refusal: Line) -> Problem:
    if refusal is LOCKED:
        return Problem(429, "login-locked", "Too many login attempts, try again in 15 minutes", headers={"Retry-After": "900"})
    if refusal is IP_NOT_ALLOWED:
        return Problem(403, "ip-not-allowed", "Your IP address is not allowed")
    return Problem(401, "login-incorrect", "User or password is wrong", headers={"WWW-Authenticate": 'Basic realm="Leadmill"'})


def address(host: str) -> str:
    """The client's address as the dialer writes it: an IPv4 address that came in over IPv6 is shown as IPv4."""
    return host.removeprefix("::ffff:") if "." in host else host


def _got_in(found: Caller | Said) -> bool:
    return isinstance(found, Caller)
