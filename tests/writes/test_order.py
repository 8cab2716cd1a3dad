"""Requests act in the order of their arrival, however they are put into batches: one batch, several, or one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from sqlalchemy import event

from dialer.clock import moment
from protocol.messages import QueuedRequest
from tasks import WRITES
from tasks.update_lead import FUNCTION
from tests.databases import INNODB, SQLITE
from tests.writes.bench import CALLER, LIMITED, LeadBench, request
from tests.writes.conftest import LeadBenchOf
from workers import batches

NOW = datetime(2026, 11, 2, 17, 0, tzinfo=UTC)

some = st.sampled_from


def sent(**fields: Any) -> st.SearchStrategy[dict[str, str]]:
    """Parameters, most of them absent most of the time."""
    return st.fixed_dictionaries({}, optional={name: some(values.split("|")) for name, values in fields.items()})


PHONES = "6025550001|6025550002|6025550003|6025550004"
LISTS = "101|102|103"
VENDOR_CODES = "A|A |b|C|D|E12345678901234567890123|e1234567890123456789|--BLANK--"
SHARED = {
    "vendor_lead_code": VENDOR_CODES,
    "title": "Mr|Mr |Mrs. X|Mrs.",
    "alt_phone": "6025550001|7",
    "first_name": "Pat|PAT",
    "last_name": "O'Brien|Smith ",
    "add_to_hopper": "Y",
    "hopper_local_call_time_check": "Y",
    "custom_fields": "Y",
    "favorite_color": "blue|a color with more than twenty letters|",
    "appointment_date": "2026-12-01|never",
    "nickname": "Nick|--BLANK--",
    "campaign_id": "CAMP1|camp2|NONE",
    "callback_type": "USERONLY|ANYONE",
    "callback_user": "1001|nobody",
    "callback_datetime": "NOW|2026-12-24 10:00:00",
    "callback_comments": "call+back",
    "multi_alt_phones": "7275551111_1_work!7275552222_1_home",
}
ADDS = st.tuples(
    st.just("add_lead"),
    st.builds(
        lambda phone, rest: {"phone_number": phone, **rest},
        some(PHONES.split("|")),
        sent(
            **SHARED,
            list_id=LISTS,
            duplicate_check="DUPLIST|DUPCAMP|DUPSYS|DUPTITLEALTPHONESYS|DUPTITLEALTPHONELIST|DUPNAMEPHONESYS|DUPSYS90DAY",
            callback="Y",
        ),
    ),
)
UPDATES = st.tuples(
    st.just("update_lead"),
    st.builds(
        lambda method, how, rest: {"search_method": method, **how, **rest},
        some(["LEAD_ID", "VENDOR_LEAD_CODE", "PHONE_NUMBER", "LEAD_ID_VENDOR_LEAD_CODE_PHONE_NUMBER", "VENDOR_LEAD_CODE_PHONE_NUMBER"]),
        st.fixed_dictionaries({"lead_id": some("1 2 3 4 5 6 7".split()), "phone_number": some(PHONES.split("|"))}),
        sent(
            **SHARED,
            list_id=LISTS,
            search_location="LIST|CAMPAIGN|SYSTEM",
            records="2|0|9",
            insert_if_not_found="Y",
            phone_code="1",
            no_update="Y",
            delete_lead="Y",
            reset_lead="Y",
            callback="Y|REMOVE",
            list_id_field=LISTS,
            update_phone_number="Y",
            entry_list_id="101",
            force_entry_list_id="102",
            status="SALE|status longer than six",
            rank="7|x",
            date_of_birth="1970-01-02|1970-13-40",
        ),
    ),
)
REQUESTS = st.lists(
    st.builds(lambda what, caller: request(*what, caller), st.one_of(ADDS, UPDATES, UPDATES), some([CALLER, CALLER, LIMITED])),
    min_size=2,
    max_size=12,
)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """One moment for every batch, so that their replies can be compared."""
    monkeypatch.setattr(batches, "moment", partial(moment, at=NOW))


def played(bench: LeadBench, parts: Sequence[Sequence[QueuedRequest]]) -> Any:
    """The replies and what the database holds after batches of these requests."""
    bench.reset()
    replies = [reply for part in parts for reply in bench.settle(part)]
    return [(r.text, r.log, r.lead_id) for r in replies], bench.held()


def hold(bench: LeadBench, requests: list[QueuedRequest], cuts: set[int]) -> None:
    """Fail if it matters how the requests are put into batches."""
    one_by_one = played(bench, [[r] for r in requests])
    bounds = [0, *sorted(cut for cut in cuts if 0 < cut < len(requests)), len(requests)]
    for parts in ([requests], [requests[a:b] for a, b in pairwise(bounds)]):
        replies, rows = played(bench, parts)
        assert replies == one_by_one[0]
        assert rows == one_by_one[1]


def check(kind: str, examples: int, lead_bench_of: LeadBenchOf) -> None:
    bench = lead_bench_of(kind)

    @seed(3)
    @settings(
        max_examples=examples,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(requests=REQUESTS, cuts=st.sets(st.integers(1, 11), max_size=3))
    def in_any_batches(requests: list[QueuedRequest], cuts: set[int]) -> None:
        hold(bench, requests, cuts)

    in_any_batches()


@pytest.mark.parametrize(("kind", "examples"), [(SQLITE, 60), (INNODB, 8)])
def test_batches_do_what_one_by_one_does(kind: str, examples: int, lead_bench_of: LeadBenchOf) -> None:
    check(kind, examples, lead_bench_of)


def add(phone: int, **rest: str) -> QueuedRequest:
    return request("add_lead", {"phone_number": str(phone), "list_id": "101", **rest})


def update(**rest: str) -> QueuedRequest:
    return request("update_lead", {"search_method": "PHONE_NUMBER", **rest})


FOUND = {
    "the id of a lead added before": [add(6025550004), update(search_method="LEAD_ID", lead_id="5", status="SALE")],
    "the id of a lead inserted before": [
        update(phone_number="6025550004", phone_code="1", list_id="101", insert_if_not_found="Y"),
        update(search_method="LEAD_ID", lead_id="5", status="SALE"),
    ],
    "a vendor code as its column cut it": [
        add(6025550004, vendor_lead_code="12345678901234567890123"),
        update(search_method="VENDOR_LEAD_CODE", vendor_lead_code="12345678901234567890", status="SALE"),
    ],
    "hopper rows and callbacks in the order of the requests": [
        update(phone_number="6025550003", add_to_hopper="Y", callback="Y", campaign_id="CAMP1"),
        add(6025550004, add_to_hopper="Y", callback="Y", campaign_id="CAMP1"),
    ],
}
"""Found by the test above, kept by name."""


@pytest.mark.parametrize("kind", [SQLITE, INNODB])
@pytest.mark.parametrize("requests", FOUND.values(), ids=FOUND.keys())
def test_what_was_found_once(kind: str, requests: list[QueuedRequest], lead_bench_of: LeadBenchOf) -> None:
    hold(lead_bench_of(kind), requests, set())


@pytest.fixture
def counted(lead_bench_of: LeadBenchOf) -> Iterator[list[str]]:
    """Statements sent to SQLite since it was cleared."""
    engine = lead_bench_of(SQLITE).engine
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def test_leads_of_their_own_cost_the_same_number_of_statements(lead_bench_of: LeadBenchOf, counted: list[str]) -> None:
    bench = lead_bench_of(SQLITE)
    counts = []
    for first, size in ((1000, 20), (2000, 20), (3000, 200)):
        phones = [6025550000 + first + n for n in range(size)]
        bench.settle([add(phone, custom_fields="Y", add_to_hopper="Y") for phone in phones[::2]], logged=True)
        counted.clear()
        changes = {"custom_fields": "Y", "favorite_color": "red", "callback": "Y", "campaign_id": "CAMP1", "status": "SALE"}
        replies = bench.settle(
            [
                update(phone_number=str(phone), **changes) if n % 2 == 0 else add(phone, duplicate_check="DUPSYS", multi_alt_phones="7_1_x")
                for n, phone in enumerate(phones)
            ],
            logged=True,
        )
        assert all(r.text.startswith("SUCCESS") for r in replies)
        counts.append(len(counted))
    assert counts[1] == counts[2] < 30, counts  # the first one also reads what its connection then knows


def test_many_requests_about_one_lead_load_what_they_need(lead_bench_of: LeadBenchOf, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[int] = []

    def load(requests: Sequence[Any], *rest: Any) -> Any:
        loaded.append(len(requests))
        return FUNCTION.load(requests, *rest)

    monkeypatch.setitem(WRITES, "update_lead", replace(FUNCTION, load=load))
    replies = lead_bench_of(SQLITE).settle([update(phone_number="6025550003", called_count=str(n)) for n in range(1, 101)])
    assert {r.text for r in replies} == {"SUCCESS: update_lead LEAD HAS BEEN UPDATED - 6666|4|1\n"}
    assert sum(loaded) < 400
