"""What a log line tells of an error: where and of which kind, not the values that its text quotes."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAYS = """
import logging, sys
import structlog
from cli.logs import configure_log
from settings import Settings
configure_log("api", Settings(log_format="{form}", log_errors={errors}))
try:
    try:
        raise KeyError("7275551111")
    except KeyError as error:
        raise RuntimeError(1062, "Duplicate entry 'Zebulonia' for key 'name'") from error
except RuntimeError as error:
    structlog.get_logger("a").error("failed", job_id="b-1", exc_info=error)
    logging.getLogger("b").exception("failed too")
    context = dict(name="leadmill.requests", id="b", description="raised unexpected", exc=repr(error))
    logging.getLogger("celery.app.trace").error("Task %(name)s[%(id)s] %(description)s: %(exc)s", context, exc_info=sys.exc_info())
"""


def said(form: str, *, errors: bool) -> str:
    program = SAYS.format(form=form, errors=errors)
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stderr


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_text_of_an_error_by_default(form: str) -> None:
    text = said(form, errors=False)
    assert "7275551111" not in text
    assert "Zebulonia" not in text
    assert text.count("RuntimeError 1062") == 3
    assert text.count("KeyError\n" if form == "text" else "KeyError\\n") == 3


def test_the_whole_where_it_is_wanted() -> None:
    text = said("text", errors=True)
    assert "7275551111" in text
    assert "Duplicate entry 'Zebulonia'" in text


def test_json_lines_name_level_place_and_process() -> None:
    line = json.loads(said("json", errors=False).splitlines()[0])
    exception = line.pop("exception")
    assert line.pop("time").endswith("Z")
    assert line == {"event": "failed", "level": "error", "logger": "a", "process": "api", "job_id": "b-1"}
    assert exception.index("KeyError") < exception.index("which led to") < exception.index("RuntimeError 1062")


def test_auto_is_json_where_no_terminal_is() -> None:
    assert all(json.loads(line)["logger"] for line in said("auto", errors=False).splitlines())
    assert logging.getLogger("celery.app.trace").name in said("auto", errors=False)
