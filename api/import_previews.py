"""POST /v1/imports/preview: a file as an import would read it, before there is one."""

from fastapi import APIRouter, Request

from api.authentication import Authentication, SignedIn
from api.importing.described import BODY, PREVIEW_OPTIONS, PREVIEWED, PROBLEMS
from api.importing.preview import Preview, previewed
from api.importing.upload import Upload

router = APIRouter(prefix="/v1/imports", tags=["imports"], responses=PROBLEMS)


@router.post("/preview", responses=PREVIEWED, openapi_extra={"requestBody": BODY, "parameters": PREVIEW_OPTIONS})
async def preview_import(request: Request, caller: SignedIn) -> Preview:
    """See what an import with the same options would make of a file: format, encoding, columns, first rows. Nothing is stored.

    The body is the file or its first 64 KB, which are all that is read of text. What an import would be refused for stands in `problems`.
    """
    authentication: Authentication = request.app.state.authentication
    system = await authentication.system()
    state, options = request.app.state, dict(request.query_params)
    return await previewed(Upload(request), caller, options, state.database, state.settings, non_latin=system["use_non_latin"] == "1")
