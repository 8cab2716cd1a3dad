"""Serves the page: `/` is its frame, /page/ holds the rest. No build step, no other host, no inline script or style."""

from pathlib import Path

from fastapi import APIRouter, Request, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FILES = Path(__file__).parent / "files"
FRAME = "index.html"

HEADERS = {
    # Trusted types: even by mistake no text becomes markup.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Asked for anew each time, answered 304: page and API are always of one version.
    "Cache-Control": "no-cache",
}

router = APIRouter()


class PageFiles(StaticFiles):
    """Files with the headers of the page."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file. Raises HTTPException 404 or 405."""
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        return response


files = PageFiles(directory=FILES)
"""What the frame refers to."""


@router.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
async def frame(request: Request) -> Response:
    """The page."""
    return await files.get_response(FRAME, request.scope)
