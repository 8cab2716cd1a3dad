"""What `up` says when it is ready."""

from pathlib import Path

from db.engine import safe_url
from settings import Settings

DEMO_USER, DEMO_PASSWORD = "6666", "1234"  # the manual's own example, on invented data

TEXT = """\
Leadmill is ready at {address} (after {seconds:.1f} s)
  database  {database}
  queue     {queue}
  log       {log}
{caller}
Load a file of leads: open {address} in a browser.
Add a lead:
  curl '{address}/vicidial/non_agent_api.php?source=test&user={user}&pass={password}&function=add_lead&phone_number=7275551212&phone_code=1&list_id=101&first_name=Bob&last_name=Wilson'
Press Ctrl-C to stop."""  # noqa: E501 - one line to copy


def welcome(settings: Settings, *, address: str, queue: str, log: Path, seconds: float) -> str:
    """Address, database, queue, log, the demo user and a line to copy."""
    demo = not settings.database_url
    user, password = (DEMO_USER, DEMO_PASSWORD) if demo else ("USER", "PASS")
    return TEXT.format(
        address=address,
        seconds=seconds,
        database=f"SQLite, {settings.data_dir / 'leadmill.sqlite3'}, with demo data" if demo else safe_url(settings.database_url),
        queue=queue,
        log=log,
        caller=f"  demo user {user}, password {password}" if demo else "  users     the dialer's own, with API access",
        user=user,
        password=password,
    )
