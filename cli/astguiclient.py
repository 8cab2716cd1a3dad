"""A dialer's own configuration file, astguiclient.conf, as the source of the database's address and the web folder.

Its lines read `VARDB_pass => 1234`; a line that begins with # is a comment. Absent names have the dialer's defaults.
"""

import re
from pathlib import Path

from sqlalchemy import URL

from cli.errors import CommandError, short

LINE = re.compile(r"^\s*(VARDB_\w+|PATHweb)\s*=>?[ \t]*(.*?)(?:\s+[#;].*)?$")


def dialer_settings(path: Path) -> dict[str, str]:
    """What the file says of fields of settings.Settings: database_url with its password, and web_directory where it is there.

    Raises CommandError when the file cannot be read or names no database.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        remedy = "give the path of the dialer's astguiclient.conf and run as a user who may read it"
        raise CommandError(f"cannot read {path}: {error.strerror}; {remedy}") from error
    found = {match[1]: match[2] for match in map(LINE.match, text.splitlines()) if match}
    web = found.pop("PATHweb", "")
    if not found:
        raise CommandError(f"{path} has no VARDB_ lines; give the path of the dialer's astguiclient.conf, usually /etc/astguiclient.conf")
    try:
        port = int(found.get("VARDB_port") or 3306)
    except ValueError as error:
        raise CommandError(f"{path}: VARDB_port is not a number: {short(error)}") from error
    url = URL.create(
        "mysql+pymysql",
        username=found.get("VARDB_user") or "cron",
        password=found.get("VARDB_pass", "1234"),
        host=found.get("VARDB_server") or "localhost",
        port=port,
        database=found.get("VARDB_database") or "asterisk",
    ).render_as_string(hide_password=False)
    return {"database_url": url, **({"web_directory": web} if web else {})}
