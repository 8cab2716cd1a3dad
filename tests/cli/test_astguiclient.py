"""The database's address from a dialer's own configuration file."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from cli.astguiclient import dialer_settings
from cli.errors import CommandError
from tests.cli.conftest import Command, assert_one_line

FILE = """\
# astguiclient.conf - configuration elements for the dialer
PATHhome => /usr/share/astguiclient

# Server IP address of this machine
VARserver_ip => 10.0.0.5

#VARDB_server => commented.example
VARDB_server => db.example
VARDB_database => asterisk
VARDB_user => cron
VARDB_pass => {password}
VARDB_custom_user => custom
VARDB_port => 3307
"""


def database_url(path: Path) -> str:
    return dialer_settings(path)["database_url"]


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "astguiclient.conf"
    path.write_text(text)
    return path


@pytest.mark.parametrize("password", ["1234", "p@ss:w/rd", "100%", "a=>b", "x#y;z", "ünï", "'\"\\", "%2F+"])
def test_every_password_arrives(tmp_path: Path, password: str) -> None:
    url = make_url(database_url(written(tmp_path, FILE.format(password=password))))
    assert (url.host, url.port, url.database, url.username, url.password) == ("db.example", 3307, "asterisk", "cron", password)


def test_a_comment_behind_a_value_and_windows_line_ends(tmp_path: Path) -> None:
    url = make_url(database_url(written(tmp_path, "VARDB_server => db.example  # the master\r\nVARDB_pass=>secret ; old\r\n")))
    assert (url.host, url.password) == ("db.example", "secret")


def test_absent_names_have_the_dialers_defaults(tmp_path: Path) -> None:
    url = make_url(database_url(written(tmp_path, "VARDB_pass => x\n")))
    assert (url.host, url.port, url.database, url.username) == ("localhost", 3306, "asterisk", "cron")


def test_an_empty_password_stays_empty(tmp_path: Path) -> None:
    assert not make_url(database_url(written(tmp_path, "VARDB_pass =>\nVARDB_user => u\n"))).password


def test_the_folder_of_web_pages(tmp_path: Path) -> None:
    assert "web_directory" not in dialer_settings(written(tmp_path, FILE))
    assert dialer_settings(written(tmp_path, FILE + "PATHweb => /srv/www/htdocs\n"))["web_directory"] == "/srv/www/htdocs"


def test_another_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no VARDB_ lines"):
        database_url(written(tmp_path, "hello\n"))


def test_a_port_that_is_no_number(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="VARDB_port"):
        database_url(written(tmp_path, "VARDB_port => x\n"))


def test_a_missing_file_is_one_line(leadmill: Command) -> None:
    assert_one_line(leadmill("load-schema", "--astguiclient", "nowhere.conf"), "nowhere.conf", "No such file")
