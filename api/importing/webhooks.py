"""The webhook that a request asks for: checked before anything is stored, and again, with its name looked up, when it is called."""

import re
from base64 import b64decode
from dataclasses import dataclass
from ipaddress import ip_address

import httpx
from sqlalchemy import Connection, insert

from api.problems import Problem
from db.tables.own import leadmill_webhooks
from dialer.import_jobs import WebhookState
from protocol.public_addresses import may_call, networks_of
from protocol.webhooks import BASE64_SECRET
from settings import Settings

HOST = re.compile(rb"[\w.-]+|[0-9a-fA-F:.]+", re.ASCII)
LONGEST_URL = 2000
LONGEST_SECRET = 255


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """Where the end of a job is told, and the secret to sign it with; "" for that of the settings."""

    url: str
    secret: str


def webhook_asked(url: str, secret: str, settings: Settings) -> NewWebhook | None:
    """The webhook, None where no URL is given. Raises Problem."""
    if len(url) > LONGEST_URL or len(secret) > LONGEST_SECRET:
        raise _bad(f"the URL may have {LONGEST_URL} characters, the secret {LONGEST_SECRET}")
    if not url:
        return None
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise _bad("that is no URL") from error
    if parsed.scheme not in ("http", "https") or not HOST.fullmatch(parsed.raw_host):
        raise _bad("it must be an http or https URL")
    if parsed.userinfo:
        raise _bad("it must hold no user and no password")
    if _is_address(parsed.host) and not may_call(parsed.host, networks_of(settings.webhook_networks)):
        raise _bad("its address is not public")
    if not (secret or settings.webhook_secret):
        says = "send its secret in the header Webhook-Secret, or set LEADMILL_WEBHOOK_SECRET"
        raise Problem(422, "webhook-without-secret", f"A webhook is signed: {says}")
    _refuse_secret(secret)
    return NewWebhook(url, secret)


def store_webhook(connection: Connection, job_id: str, webhook: NewWebhook | None) -> None:
    """Note the webhook of a new job, if it has one."""
    if webhook is not None:
        row = {"job_id": job_id, "url": webhook.url, "secret": webhook.secret or None, "state": WebhookState.WAITING}
        connection.execute(insert(leadmill_webhooks), row)


def _refuse_secret(secret: str) -> None:
    if not secret.startswith(BASE64_SECRET):
        return
    try:
        b64decode(secret.removeprefix(BASE64_SECRET), validate=True)
    except ValueError as error:
        raise _bad(f"behind {BASE64_SECRET} the secret must be base64") from error


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _bad(says: str) -> Problem:
    return Problem(422, "bad-webhook", f"The webhook cannot be used: {says}")
