"""A reply whose log entries are written later is the same reply."""

from protocol.messages import reply_packed
from protocol.replies import FIELDS, LogEntries, Said, notice, plain, reply, success, worded

ADDED = success("add_lead LEAD HAS BEEN ADDED - {phone_number}|{lead_id}|{user}", FIELDS)
NOTED = notice('add_lead NOTED "{phone_number}" - {lead_id}', FIELDS)
UNLOGGED = plain("{phone_number}")


def test_entries_written_later_are_the_same() -> None:
    values = {"phone_number": "7275551212", "lead_id": 17, "user": "6666"}
    said = [Said(NOTED, values), Said(UNLOGGED, values), Said(ADDED, values)]
    now, later = reply(*said, lead_id=17), worded(said, 17)
    assert later == now
    assert now == later
    assert later == worded(said, 17)
    assert (len(later.log), later.log[-1], list(later.log)) == (2, now.log[-1], list(now.log))
    assert reply_packed(later) == reply_packed(now)
    assert repr(later.log) == repr(now.log)


def test_entries_of_other_lines_are_others() -> None:
    one, other = ({"phone_number": n, "lead_id": 1, "user": "6666"} for n in ("1", "2"))
    assert LogEntries([Said(ADDED, one)]) != LogEntries([Said(ADDED, other)])
