"""./leadmill load-schema creates what is missing and touches nothing else."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text

from db.engine import open_engine, reading, storage_engine
from db.tables.leads import vicidial_list
from tests.cli.conftest import Command, assert_one_line
from tests.databases import run_on


@pytest.fixture(params=["sqlite", "mariadb"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'dialer.sqlite3'}"
    made: str = request.getfixturevalue("mariadb_database")()
    return made


def test_creates_everything_once(leadmill: Command, url: str) -> None:
    first, again = leadmill("load-schema", "--url", url), leadmill("load-schema", LEADMILL_DATABASE_URL=url)
    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert " 0 created now" not in first.stdout
    assert " 0 created now" in again.stdout
    tables = inspect(open_engine(url)).get_table_names()
    assert {"vicidial_list", "vicidial_users", "leadmill_ledger", "leadmill_jobs"} <= set(tables)


def test_leaves_what_is_there(leadmill: Command, mariadb_database: Callable[[], str]) -> None:
    url = mariadb_database()
    run_on(url, "CREATE TABLE vicidial_list (lead_id INT PRIMARY KEY, mine CHAR(3)) ENGINE=MyISAM")
    run_on(url, "INSERT INTO vicidial_list VALUES (7, 'abc')")
    assert leadmill("load-schema", "--url", url).returncode == 0
    with reading(open_engine(url)) as connection:
        assert connection.execute(text("SELECT * FROM vicidial_list")).all() == [(7, "abc")]


@pytest.mark.parametrize("storage", ["InnoDB", "MyISAM"])
def test_with_the_storage_engine_asked_for(leadmill: Command, mariadb_database: Callable[[], str], storage: str) -> None:
    url = mariadb_database()
    assert leadmill("load-schema", "--url", url, "--engine", storage).returncode == 0
    with reading(open_engine(url)) as connection:
        assert storage_engine(connection, "vicidial_list") == storage
        assert storage_engine(connection, "leadmill_ledger") == "InnoDB"


def test_loads_demo_data_once(leadmill: Command, url: str) -> None:
    counted = []
    for _ in range(2):
        assert leadmill("load-schema", "--url", url, "--demo").returncode == 0
        with reading(open_engine(url)) as connection:
            counted.append(len(connection.execute(select(vicidial_list.c.lead_id)).all()))
    assert counted[0] > 100
    assert counted[0] == counted[1]


def test_reads_a_dialers_own_configuration(leadmill: Command, mariadb_database: Callable[[], str], tmp_path: Path) -> None:
    address = open_engine(mariadb_database()).url
    conf = tmp_path / "astguiclient.conf"
    lines = {"server": address.host, "port": address.port, "database": address.database, "user": address.username, "pass": address.password}
    conf.write_text("".join(f"VARDB_{name} => {value or ''}\n" for name, value in lines.items()))
    ended = leadmill("load-schema", "--astguiclient", str(conf))
    assert ended.returncode == 0, ended.stderr
    assert str(address.database) in ended.stdout


def test_a_database_that_does_not_exist(leadmill: Command, mariadb_server: str) -> None:
    assert_one_line(leadmill("load-schema", "--url", f"{mariadb_server}nowhere"), "Unknown database 'nowhere'", "CREATE DATABASE")


def test_a_password_that_is_wrong(leadmill: Command, mariadb_server: str) -> None:
    url = mariadb_server.replace("root@", "root:hush@").replace("lm:lm@", "lm:hush@")
    ended = leadmill("load-schema", "--url", url)
    assert_one_line(ended, "Access denied", "check the user and the password")
    assert "hush" not in ended.stderr


def test_an_engine_that_is_none(leadmill: Command) -> None:
    assert_one_line(leadmill("load-schema", "--engine", "CSV"), "--engine", "InnoDB", code=2)
