"""Files of leads, from the upload to the results."""

from tests.imports.importing import Importing


def test_a_file_is_loaded(importing_anywhere: Importing) -> None:
    job = importing_anywhere.loaded("Phone;First Name;notes\n7275551212;Pat;\n(727) 555-1213;Sam;hello\n", list_id="101")
    assert job["state"] == "done"
    assert job["counters"] == {
        "received": 2,
        "added": 2,
        "updated": 0,
        "duplicates": 0,
        "dnc": 0,
        "refused": 0,
        "failed": 0,
        "waiting": 0,
    }
    assert importing_anywhere.phones() == ["7275551212", "7275551213"]
    rows = importing_anywhere.results(job)
    assert [(row["line"], row["outcome"], row["code"], row["lead_id"]) for row in rows] == [
        (2, "added", "added", 1),
        (3, "added", "added", 2),
    ]
    assert rows[0]["reply"].startswith("SUCCESS: add_lead LEAD HAS BEEN ADDED - 7275551212|101|1|")
