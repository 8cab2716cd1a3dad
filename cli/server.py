"""Talking to the /v1 API of a Leadmill: every failure is one line that says what to do."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import httpx
import typer

from cli.credentials import Credentials
from cli.errors import CommandError, short
from settings import Settings

Address = Annotated[str | None, typer.Option("--server", metavar="URL", help="The Leadmill to talk to. (default: the one on this machine)")]

CONNECT_BOUND = 10.0
# Longer than the longest long poll; back-pressure may hold up an upload for as long as other imports take.
READ_BOUND = 90.0

Job = dict[str, Any]


def path_of(job: Job) -> str:
    """Where a job is asked for: an import, an undo of one, or a job of requests."""
    return str(job["results"]).removesuffix("/results")


def local_address(settings: Settings) -> str:
    """Where the Leadmill of this machine listens."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - read, not bound
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


class Server:
    """One Leadmill and the user we are to it."""

    def __init__(self, address: str, credentials: Credentials) -> None:
        self.address = address.rstrip("/")
        self.user = credentials.user
        timeout = httpx.Timeout(READ_BOUND, connect=CONNECT_BOUND, write=None)
        self.client = httpx.Client(
            base_url=self.address, auth=httpx.BasicAuth(credentials.user.encode(), credentials.password.encode()), timeout=timeout
        )

    def get(self, path: str, **query: str) -> Any:
        """The JSON that a path answers with."""
        return self.answered(self.client.build_request("GET", path, params=query)).json()

    def find(self, path: str) -> Any | None:
        """The JSON that a path answers with; None when there is nothing."""
        try:
            return self.get(path)
        except CommandError as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise

    def post(self, path: str, *, query: Mapping[str, str], content: Iterator[bytes] | None = None, headers: Mapping[str, str]) -> Any:
        """The JSON that is answered to a body that is sent as it is read."""
        return self.answered(self.client.build_request("POST", path, params=query, content=content, headers=headers)).json()

    def pieces(self, path: str, **query: str) -> Iterator[bytes]:
        """A long answer, as it comes."""
        answer = self.answered(self.client.build_request("GET", path, params=query), stream=True)
        try:
            yield from answer.iter_bytes()
        finally:
            answer.close()

    def answered(self, request: httpx.Request, *, stream: bool = False) -> httpx.Response:
        """The answer to a request. Raises CommandError when there is none, or a refusal."""
        try:
            answer = self.client.send(request, stream=stream)
            if answer.is_error:
                answer.read()
        except httpx.TransportError as error:
            remedy = "start it with ./leadmill up, or give its address with --server"
            raise CommandError(f"no Leadmill answers at {self.address}: {short(error)}; {remedy}") from error
        if answer.is_error:
            raise CommandError(self.refusal(answer), status=answer.status_code)
        return answer

    def refusal(self, answer: httpx.Response) -> str:
        """What a refused request means."""
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            return f"{self.address} does not let user {self.user} in; check the user and LEADMILL_PASSWORD"
        try:
            told = answer.json()
        except ValueError:
            return f"{self.address} answers {answer.status_code} {answer.reason_phrase}; is that a Leadmill?"
        detail = told.get("detail") or "; ".join(f"{error['at']}: {error['says']}" for error in told.get("errors", ()))
        return f"refused: {told.get('title', answer.reason_phrase)}{f' ({detail})' if detail else ''}"
