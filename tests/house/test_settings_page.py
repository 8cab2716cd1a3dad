"""docs/settings.md says what settings.py says."""

from pathlib import Path

from cli.settings_table import page

PAGE = Path(__file__).resolve().parents[2] / "docs/settings.md"


def test_holds_the_table_of_settings() -> None:
    assert PAGE.read_text() == page(), "write it anew: ./leadmill settings --markdown >docs/settings.md"
