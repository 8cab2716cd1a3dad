"""Reads asked with values that nobody sane would send, as they come in when non-Latin names turn the cleaning off."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from api.functions import READS
from protocol.functions import Question, Read, filled
from protocol.replies import Reply
from tests.functions.conftest import CALLER, MOMENT

HOSTILE = [
    "' OR 1=1 -- ",
    '"; DROP TABLE vicidial_list; --',
    "\\' OR \\\"1",
    "%_%",
    "9" * 400,
    "-1",
    "0x41",
    "2020-11-31",
    "9999-99-99",
    "\0\r\n\t",
    "\u00b2\u0663\uff11",
    "\U0001f4de na\u00efve",
    "{user} {0} %s %(x)s",
    "--ALL--|,;---",
    "Y",
    "YES",
    "ALL",
]
LIMITED = replace(CALLER, campaigns=("O'CAMP", "%"), viewable_groups=("---ALL---", "", "O'GROUP"), restricted=True)


@pytest.mark.parametrize("kind", ["sqlite", "mariadb"])
@pytest.mark.parametrize("function", READS.values(), ids=READS.keys())
def test_takes_any_value(function: Read, kind: str, request: pytest.FixtureRequest) -> None:
    engine: Engine = request.getfixturevalue(f"{kind}_engine")
    names = [name for name in function.request.__dataclass_fields__ if name != "raw"]
    with engine.connect() as connection:
        for value in HOSTILE:
            for caller in (CALLER, LIMITED):
                sent = filled(function.request, dict.fromkeys(names, value), dict.fromkeys([*names, "did_ids", "did_patterns"], value))
                if function.before_permission is None or function.before_permission(sent) is None:
                    found = function.answer(sent, caller, Question(moment=MOMENT, settings={"active_modules": "cf_encrypt"}), connection)
                    assert isinstance(found, Reply) or list(found) is not None
        connection.rollback()
