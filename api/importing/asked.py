"""The parameters that the endpoints of a job have in common."""

from typing import Annotated

from fastapi import Header, Path, Query

LONGEST_WAIT = 60

JobId = Annotated[str, Path(description="The id of the job", examples=["01a209f1487c6f025596055d"])]
Wait = Annotated[float, Query(ge=0, le=LONGEST_WAIT, description="Seconds to wait for the end, or for a change of the ETag given")]
Outcomes = Annotated[str, Query(description="Only rows with these outcomes, separated by commas", examples=["refused,failed"])]
WebhookUrl = Annotated[str, Query(description="http or https URL that a signed POST tells of the end of the new job")]
WebhookSecret = Annotated[str, Header(description="Secret that this POST is signed with")]
Form = Annotated[str, Query(pattern="^(csv|ndjson)$", description="csv or ndjson")]
