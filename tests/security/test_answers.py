"""What a caller sends never becomes a header, a path, or a script."""

from pathlib import Path
from typing import Any

import pytest

from api.functions import READS
from tasks import WRITES
from tests.api.wire import ASKED, Wire

PAGES = ("sounds_list", "moh_list", "vm_list")
CRLF = ["x\r\nSet-Cookie: a=b", "x\n\nHTTP/1.1 200 OK", "\r\n", "x%0d%0aSet-Cookie:a=b"]
PATHS = ["../../../../etc", "..%2f..%2fetc", "/etc", "....//....//etc", "secret-place", "\0/etc"]
SCRIPT = "\"'></script><script>alert(1)</script><img src=x onerror=alert(2)>"


def fields(function: str) -> list[str]:
    described: Any = READS.get(function) or WRITES[function]
    return [name for name in described.request.__dataclass_fields__ if name != "raw"]


@pytest.mark.parametrize("text", CRLF)
def test_no_parameter_becomes_a_header(wire: Wire, text: str) -> None:
    for function in ("add_lead", "version", "sounds_list", text):
        for more in ({}, {"async": "Y"}):
            sent = {**ASKED, "function": function, "request_id": "", "agent_user": text, "source": text, "user": f"6666{text}", **more}
            answer = wire.request("GET", params=sent, headers={"X-Request-ID": text.replace("\r", "").replace("\n", "")})
            assert "set-cookie" not in answer.headers
            assert not [value for value in answer.headers.values() if "\r" in value or "\n" in value]


@pytest.mark.parametrize("function", PAGES)
def test_no_parameter_leads_out_of_the_folder(wire: Wire, function: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "web" / "sounds").mkdir(parents=True)
    (tmp_path / "web" / "sounds" / "hello.wav").write_bytes(b"RIFF")
    (tmp_path / "secret-place").mkdir()
    (tmp_path / "secret-place" / "secret.wav").write_bytes(b"RIFF")
    (tmp_path / "web" / "sounds" / "link.wav").symlink_to(tmp_path / "secret-place" / "secret.wav")
    monkeypatch.setattr(wire.app.app.state.dispatch, "_web_directory", str(tmp_path / "web"))
    wire.change("system_settings", sounds_central_control_active="1", sounds_web_directory="sounds", active_voicemail_server="10.0.0.1")
    wire.change("vicidial_users", ast_admin_access="1", modify_scripts="1")
    for path in PATHS:
        for name in fields(function):
            said = wire.lines(function=function, **{name: path})
            assert "secret.wav" not in said
            assert "passwd" not in said


@pytest.mark.parametrize("function", [*PAGES, "add_lead", "nothing"])
@pytest.mark.parametrize("non_latin", ["0", "1"])
def test_no_parameter_becomes_a_script(wire: Wire, function: str, non_latin: str) -> None:
    """The pages escape it; other replies say it back as the reference does, and a browser is told to run nothing of them."""
    wire.change("system_settings", use_non_latin=non_latin, sounds_central_control_active="1")
    wire.change("vicidial_users", ast_admin_access="1")
    names = fields(function) if function in PAGES else ["phone_number", "list_id"]
    for name in (*names, "user", "source"):
        answer = wire.get(**{"function": function, "format": "selectframe", name: SCRIPT})
        runs_nothing = "sandbox" in answer.headers["content-security-policy"]
        assert runs_nothing or function in PAGES
        assert runs_nothing or not answer.text.startswith(("SUCCESS", "NOTICE", "ERROR"))
        if not runs_nothing:
            assert "<script>alert(1)" not in answer.text
            assert "<img src=x" not in answer.text
