"""./leadmill load-schema: the tables of a database."""

from typing import Annotated, Literal

import typer

from cli.database import reach_database
from cli.options import Astguiclient, load_settings
from db.engine import safe_url


def load_schema(
    url: Annotated[str | None, typer.Option(metavar="URL", help="The database. (default: LEADMILL_DATABASE_URL)")] = None,
    engine: Annotated[Literal["InnoDB", "MyISAM"], typer.Option(help="Storage engine of the dialer's tables that are created.")] = "InnoDB",
    demo: Annotated[bool, typer.Option("--demo", help="Also fill empty tables with demo data.")] = False,
    astguiclient: Astguiclient = None,
) -> None:
    """Create the tables that are missing; what is there is never touched.

    On a dialer's own database that creates Leadmill's own tables (leadmill_...) only. Running it again is safe, and
    brings Leadmill's own tables to the newest revision after an update.

    Examples:

      ./leadmill load-schema --astguiclient /etc/astguiclient.conf

      ./leadmill load-schema --url mysql+pymysql://lead:secret@localhost/dialer --demo
    """
    # Late, as in every command: --help need not wait for what it does not use.
    from db.demo import load_demo
    from db.schema import load_schema as create_missing

    settings = load_settings(astguiclient, database_url=url)
    database = reach_database(settings.database)
    created = create_missing(database, storage=engine)
    filled = demo and load_demo(database)
    address = safe_url(settings.database)
    print(f"{address} has every table that Leadmill needs: {len(created)} created now{', demo data loaded' if filled else ''}.")
