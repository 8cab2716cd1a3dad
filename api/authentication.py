"""The caller behind a request: remembered for a moment, so that most requests cost no database access.

The /v1 API takes HTTP Basic, or the cookie of a session on the page; who is asked twice answers by Basic.
"""

import secrets
from base64 import b64decode
from collections.abc import Mapping
from hashlib import blake2b
from typing import Annotated

import structlog
from fastapi import Depends, Request
from fastapi.security import APIKeyCookie
from fastapi.security.http import HTTPAuthorizationCredentials, HTTPBase

from api.database import Database
from api.login_attempts import LoginAttempts
from api.problems import Problem
from api.remembered import Remembered
from api.sessions import COOKIE, CSRF_HEADER, Session, Sessions, seal_key, shows_csrf_token
from dialer.callers import IP_NOT_ALLOWED, LOCKED, LOGIN_INCORRECT, Login, authenticate, caller_again, password_seal
from dialer.clock import moment
from dialer.system_settings import system_settings
from protocol.functions import Caller
from protocol.parameters import text_of
from protocol.replies import Line, Said
from settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SESSION_ENDED = "session-ended"
FOR_CLIENTS = 'Basic realm="Leadmill"'
FOR_PAGE = "Cookie"
"""Challenge to our page: to that of Basic a browser would open a window of its own."""

_basic = HTTPBase(scheme="basic", auto_error=False)
_session = APIKeyCookie(name=COOKIE, auto_error=False, scheme_name="session")

log = structlog.get_logger(__name__)


class Authentication:
    """Finds the caller of a request. Only who got in is remembered, for settings.caller_cache seconds."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._zone = settings.zone
        self._database = database
        self._system: Remembered[str, Mapping[str, str]] = Remembered(settings.settings_cache)
        self._callers: Remembered[tuple[str, bytes, str], Caller | Said] = Remembered(settings.caller_cache, _got_in)
        self._returning: Remembered[tuple[str, str], Caller | Said | None] = Remembered(settings.caller_cache, _got_in)
        self._attempts = LoginAttempts(settings)
        self._secret = secrets.token_bytes(32)

    async def system(self) -> Mapping[str, str]:
        """The dialer's system_settings. Raises DatabaseUnavailable."""
        return await self._system.find("", self._read_system)

    async def caller(self, user: str, password: str, client_ip: str) -> Caller | Said:
        """The caller, or the line that refuses it. Raises DatabaseUnavailable."""
        # Nothing in memory tells the password: the digest is keyed with a secret of this process.
        key = (user, blake2b(password.encode(), key=self._secret, digest_size=16).digest(), client_ip)
        return await self._callers.find(key, lambda: self._log_in(Login(user=user, password=password, client_ip=client_ip)))

    async def sign_in(self, login: Login, key: bytes) -> tuple[Caller | Said, str]:
        """The caller, or the line that refuses it, and the seal of the caller's password. Nothing remembered is asked."""
        found = await self._log_in(login)
        system = await self.system()
        return found, await self._database.run(lambda: self._seal(login.user, key, system)) if isinstance(found, Caller) else ""

    async def returning(self, session: Session, token: str, client_ip: str) -> Caller | Said | None:
        """The caller of a session, or the line that refuses its address; None if the user must sign in again."""
        system = await self.system()

        def again() -> Caller | Said | None:
            with self._database.reading() as connection:
                return caller_again(session.user, client_ip, seal_key(token), session.seal, system, connection)

        return await self._returning.find((session.seal, client_ip), lambda: self._database.run(again))

    async def close(self) -> None:
        """Close the connections."""
        await self._attempts.close()

    async def _log_in(self, login: Login) -> Caller | Said:
        async with self._attempts.attempt(login) as attempt:
            if not attempt.allowed:
                log.warning("login refused, too many failures from its address", user=login.user, client_ip=login.client_ip)
                return LOCKED(user=login.user)
            system = await self.system()
            found = await self._database.run(lambda: self._authenticate(login, system))
            if isinstance(found, Caller) or found.line is not LOCKED:  # no password of a locked user is tried
                attempt.succeeded = isinstance(found, Caller)
        if isinstance(found, Said):
            log.warning("login refused", user=login.user, client_ip=login.client_ip, answer=found.text.rstrip())
        return found

    def _seal(self, user: str, key: bytes, system: Mapping[str, str]) -> str:
        with self._database.reading() as connection:
            return password_seal(user, key, system, connection)

    def _authenticate(self, login: Login, system: Mapping[str, str]) -> Caller | Said:
        with self._database.writing() as connection:
            return authenticate(login, system, moment(self._zone), connection)

    async def _read_system(self) -> Mapping[str, str]:
        return await self._database.run(self._system_row)

    def _system_row(self) -> Mapping[str, str]:
        with self._database.reading() as connection:
            return system_settings(connection)


async def signed_in(
    request: Request,
    sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_basic)],
    token: Annotated[str | None, Depends(_session)],
) -> Caller:
    """The caller of a /v1 request: the same users, passwords and rules as the legacy API.

    Raises Problem. A session that changes something must show that its own page asks.
    """
    client_ip = address(request.client.host if request.client else "")
    if sent is None and (token or CSRF_HEADER in request.headers):
        return await _of_session(request, token or "", client_ip)
    user, colon, password = basic_credentials(sent.credentials if sent and sent.scheme.lower() == "basic" else "")
    if not colon:
        raise refusal(LOGIN_INCORRECT)
    authentication: Authentication = request.app.state.authentication
    found = await authentication.caller(user, password, client_ip)
    if isinstance(found, Caller):
        return found
    raise refusal(found.line)


async def perhaps_signed_in(
    request: Request,
    sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_basic)],
    token: Annotated[str | None, Depends(_session)],
) -> Caller | None:
    """The caller, None where no session stands. Raises Problem."""
    try:
        return await signed_in(request, sent, token)
    except Problem as problem:
        if sent is None and problem.status == 401:
            return None
        raise


SignedIn = Annotated[Caller, Depends(signed_in)]
"""The caller of a /v1 request, as a parameter of an endpoint."""


async def _of_session(request: Request, token: str, client_ip: str) -> Caller:
    sessions: Sessions = request.app.state.sessions
    authentication: Authentication = request.app.state.authentication
    session = await sessions.find(token)
    found = await authentication.returning(session, token, client_ip) if session else None
    if found is None:
        if session:
            await sessions.end(token)
        raise Problem(401, SESSION_ENDED, "You are not signed in, or your session has ended", headers={"WWW-Authenticate": FOR_PAGE})
    if isinstance(found, Said):
        raise refusal(found.line)
    if request.method not in SAFE_METHODS and not shows_csrf_token(token, request.headers.get(CSRF_HEADER, "")):
        raise Problem(403, "csrf-token-wrong", f"The header {CSRF_HEADER} does not hold the token of this session")
    return found


def basic_credentials(sent: str) -> tuple[str, str, str]:
    """User, colon and password (RFC 7617); no colon if they are none. Letters may be UTF-8 or ISO 8859-1."""
    try:
        return text_of(b64decode(sent)).partition(":")
    except ValueError:
        return "", "", ""


def refusal(line: Line, challenge: str = FOR_CLIENTS) -> Problem:
    """The problem document that says what a line of the legacy login says."""
    if line is LOCKED:
        return Problem(429, "login-locked", "Too many login attempts, try again in 15 minutes", headers={"Retry-After": "900"})
    if line is IP_NOT_ALLOWED:
        return Problem(403, "ip-not-allowed", "Your IP address is not allowed")
    return Problem(401, "login-incorrect", "User or password is wrong", headers={"WWW-Authenticate": challenge})


def address(host: str) -> str:
    """The client's address as the dialer writes it: an IPv4 address that came in over IPv6 is shown as IPv4."""
    return host.removeprefix("::ffff:") if "." in host else host


def _got_in(found: Caller | Said | None) -> bool:
    return isinstance(found, Caller)
