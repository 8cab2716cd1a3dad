"""/v1/session: signing in and out on the page."""

from typing import Annotated, Any

from fastapi import APIRouter, Cookie, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from api.authentication import FOR_PAGE, Authentication, SignedIn, address, perhaps_signed_in, refusal
from api.importing.allowed import refuse_caller
from api.importing.described import PROBLEMS, answer
from api.problems import Problem
from api.sessions import COOKIE, Sessions, csrf_token, new_token, seal_key
from dialer.callers import LOGIN_INCORRECT, Login
from protocol.functions import Caller

router = APIRouter(prefix="/v1/session", tags=["session"], responses={status: PROBLEMS[status] for status in (401, 403, 503)})

LONGEST = 100
REFUSED: dict[int | str, dict[str, Any]] = {415: answer("not-json"), 422: answer("invalid-request"), 429: answer("login-locked")}

Token = Annotated[str, Cookie(alias=COOKIE, include_in_schema=False)]


class Credentials(BaseModel):
    """A user of the dialer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"user": "6666", "password": "1234"}]})

    user: str = Field(max_length=LONGEST)
    password: SecretStr = Field(max_length=LONGEST)


class SessionShown(BaseModel):
    """Who is signed in. The cookie comes beside it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"user": "6666", "level": 9, "may_import": True, "csrf_token": "4be1f0"}]})

    user: str
    level: int
    may_import: bool
    csrf_token: str = Field(description="To be sent as X-CSRF-Token with every request that changes something")


@router.post("", status_code=201, responses=REFUSED)
async def sign_in(request: Request, response: Response, given: Credentials, earlier: Token = "") -> SessionShown:
    """Begin a session: users, passwords, lockout and IP lists are those of the legacy endpoint."""
    # A form of another site can send no JSON: it could sign its victim in as somebody else.
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Problem(415, "not-json", "Send user and password as application/json")
    authentication: Authentication = request.app.state.authentication
    sessions: Sessions = request.app.state.sessions
    token = new_token()
    client_ip = address(request.client.host if request.client else "")
    login = Login(user=given.user, password=given.password.get_secret_value(), client_ip=client_ip)
    found, seal = await authentication.sign_in(login, seal_key(token))
    if not isinstance(found, Caller):
        raise refusal(found.line, FOR_PAGE)
    if not seal:
        raise refusal(LOGIN_INCORRECT, FOR_PAGE)
    if earlier:
        await sessions.end(earlier)
    await sessions.begin(token, given.user, seal)
    _set_cookie(request, response, token)
    return _shown(found, token)


# Nobody need be signed in: `{}` beside the other ways.
@router.get("", response_model=SessionShown, responses={204: {"description": "Nobody is signed in"}}, openapi_extra={"security": [{}]})
async def session(
    response: Response,
    caller: Annotated[Caller | None, Depends(perhaps_signed_in)],
    token: Token = "",
) -> SessionShown | Response:
    """Who is signed in, and the token that requests must show."""
    response.headers["Cache-Control"] = "no-store"
    return _shown(caller, token) if caller else Response(status_code=204)


@router.delete("", status_code=204)
async def sign_out(request: Request, response: Response, _: SignedIn, token: Token = "") -> None:
    """End the session."""
    sessions: Sessions = request.app.state.sessions
    await sessions.end(token)
    _set_cookie(request, response, "")


def _set_cookie(request: Request, response: Response, token: str) -> None:
    response.headers["Cache-Control"] = "no-store"
    secure = request.url.scheme == "https"
    # Without an age it goes with the browser; an empty one goes at once.
    response.set_cookie(COOKIE, token, max_age=None if token else 0, path="/", secure=secure, httponly=True, samesite="strict")


def _shown(caller: Caller, token: str) -> SessionShown:
    try:
        refuse_caller(caller)
    except Problem:
        may_import = False
    else:
        may_import = True
    return SessionShown(user=caller.user, level=caller.level, may_import=may_import, csrf_token=csrf_token(token) if token else "")
