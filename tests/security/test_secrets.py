"""After a run that uses every function with passwords, none stands in a log, and none in Redis but in replies that show it."""

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.functions import OPEN, READS
from protocol.messages import QUEUES
from tasks import WRITES
from tests.conformance.recorded import DEFAULTS, fixture_rows
from tests.conformance.rows import DialerRows
from tests.conftest import SystemOf
from tests.databases import SQLITE
from tests.running import Leadmill
from tests.waiting import wait_until

CALLERS_PASSWORD = "1234"
WRONG = "wr0ngZQpass"
TOKEN, HOOK = "ZQmetricstoken1", "ZQhooksecret1"
NEW = {"agent_pass": "ZQagentpass1", "phone_pass": "ZQphonepass1", "registration_password": "ZQregpass1"}
PERSONAL = {"first_name": "Zebulonia", "address1": "77ZQ Elm Street", "phone_number": "6025559876"}
SENT = {
    **DEFAULTS,
    **NEW,
    **PERSONAL,
    "list_id": "101",
    "agent_user": "zquser",
    "agent_user_level": "1",
    "agent_full_name": "Zq User",
    "agent_user_group": "ADMIN",
    "phone_login": "zqphone1",
    "extension": "zqext",
    "dialplan_number": "9876",
    "voicemail_id": "9876",
    "server_ip": "10.0.0.1",
    "protocol": "SIP",
    "phone_full_name": "Zq Phone",
    "local_gmt": "-5.00",
    "outbound_cid": "6025550000",
    "search_method": "PHONE_NUMBER",
}


@pytest.fixture(scope="module")
def system(system_of: SystemOf) -> Iterator[Leadmill]:
    with system_of(SQLITE, log_requests=True, sync_wait=30, metrics_token=TOKEN, webhook_networks="127.0.0.0/8") as running:
        DialerRows(str(running.settings["database_url"]), fixture_rows()).close()
        yield running


def stored_in_redis(system: Leadmill) -> dict[str, str]:
    """All that Redis holds, by key; but the replies, which add_user makes of what it was sent, as the reference does."""
    held: dict[str, str] = {}
    with system.redis() as client:
        for key in client.scan_iter(count=1000):
            kind = client.type(key)
            read = {"string": client.get, "hash": client.hgetall, "zset": lambda k: client.zrange(k, 0, -1), "set": client.smembers}
            read["list"] = lambda k: client.lrange(k, 0, -1)
            held[key] = str(read[kind](key))
    return {key: value for key, value in held.items() if not key.startswith("celery-task-meta-")}


def through_v1(system: Leadmill, http: httpx.Client) -> None:
    """Jobs, an import with a webhook, and a session: each takes a secret."""
    requests: list[dict[str, Any]] = [
        {**NEW, **PERSONAL, "function": function, "agent_user": "zq", "phone_login": "zq"} for function in WRITES
    ]
    file = "phone_number,first_name,address1\n" + ",".join((PERSONAL["phone_number"], PERSONAL["first_name"], PERSONAL["address1"])) + "\n"
    hook = {"webhook": "http://127.0.0.1:1/", "list_id": "101"}
    signed_in: dict[str, Any] = {"auth": (DEFAULTS["user"], CALLERS_PASSWORD)}
    told = [
        http.post(f"{system.address}/v1/requests", json=requests, **signed_in),
        http.post(f"{system.address}/v1/imports", params=hook, content=file, headers={"Webhook-Secret": HOOK}, **signed_in),
        *(http.post(f"{system.address}/v1/session", json={"user": DEFAULTS["user"], "password": p}) for p in (WRONG, CALLERS_PASSWORD)),
        http.get(f"{system.address}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}),
    ]
    assert [answer.status_code for answer in told] == [202, 202, 401, 201, 200]


def test_no_secret_is_left_behind(system: Leadmill, http: httpx.Client) -> None:
    for function in (*WRITES, *READS, *OPEN, "job_status", "nothing"):
        for more in ({}, {"async": "Y"}, {"pass": WRONG, "user": f"u-{function}"}):
            sent = {**SENT, "function": function, **more}
            http.get(system.legacy_url, params=sent)
            http.post(system.legacy_url, data=sent)
    through_v1(system, http)
    basic = base64.b64encode(f"6666:{WRONG}".encode()).decode()
    http.get(f"{system.address}/v1/jobs/x", headers={"Authorization": f"Basic {basic}"})
    with system.redis() as client:
        wait_until(lambda: not any(client.exists(key) for key in (*QUEUES, "unacked")), "all is done", timeout=90)
    secrets = [WRONG, basic, TOKEN, HOOK, *NEW.values(), *PERSONAL.values(), f"pass={CALLERS_PASSWORD}"]
    logs = {path.name: path.read_text(errors="replace") for path in system.folder.glob("*.log")}
    assert "login refused" in logs["api.log"]
    for place, text in {**logs, **stored_in_redis(system)}.items():
        assert [secret for secret in secrets if secret in text] == [], place
