"""How the end of a job is told to a webhook, signed as Standard Webhooks says (standardwebhooks.com). Pure."""

import hmac
from base64 import b64decode, b64encode

BASE64_SECRET = "whsec_"  # noqa: S105 - what a secret in base64 begins with
TYPE = "job.ended"


def signed_headers(secret: str, message_id: str, at: int, body: bytes) -> dict[str, str]:
    """The headers of a call: its id, the same at each attempt, the second of the attempt, and the signature over both and the body."""
    key = b64decode(secret.removeprefix(BASE64_SECRET)) if secret.startswith(BASE64_SECRET) else secret.encode()
    digest = hmac.digest(key, b"%s.%d.%s" % (message_id.encode(), at, body), "sha256")
    return {
        "Content-Type": "application/json",
        "User-Agent": "Leadmill",
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{b64encode(digest).decode()}",
    }
