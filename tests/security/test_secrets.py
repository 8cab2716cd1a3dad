"""After a run that uses every function with passwords, none stands in a log, and none in Redis but in replies that show it."""

import base64
from collections.abc import Iterator

import httpx
import pytest

from api.functions import OPEN, READS
from tasks import WRITES
from tests.conformance.recorded import DEFAULTS, fixture_rows
from tests.conformance.rows import DialerRows
from tests.conftest import SystemOf
from tests.databases import SQLITE
from tests.running import Leadmill
from tests.waiting import wait_until

CALLERS_PASSWORD = "1234"
WRONG = "wr0ngZQpass"
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
    with system_of(SQLITE, log_requests=True, sync_wait=30) as running:
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


def test_no_secret_is_left_behind(system: Leadmill, http: httpx.Client) -> None:
    for function in (*WRITES, *READS, *OPEN, "job_status", "nothing"):
        for more in ({}, {"async": "Y"}, {"pass": WRONG, "user": f"u-{function}"}):
            sent = {**SENT, "function": function, **more}
            http.get(system.legacy_url, params=sent)
            http.post(system.legacy_url, data=sent)
    basic = base64.b64encode(f"6666:{WRONG}".encode()).decode()
    http.get(f"{system.address}/v1/jobs/x", headers={"Authorization": f"Basic {basic}"})
    with system.redis() as client:
        wait_until(lambda: not any(client.exists(key) for key in ("requests", "maintenance", "unacked")), "all is done", timeout=90)
    secrets = [WRONG, basic, *NEW.values(), *PERSONAL.values(), f"pass={CALLERS_PASSWORD}"]
    logs = {path.name: path.read_text(errors="replace") for path in system.folder.glob("*.log")}
    assert "login refused" in logs["api.log"]
    for place, text in {**logs, **stored_in_redis(system)}.items():
        assert [secret for secret in secrets if secret in text] == [], place
