"""The two groups of tables: the dialer's, which are not ours to change, and Leadmill's own."""

from sqlalchemy import MetaData, text

legacy = MetaData()
own = MetaData()

# A classic dialer's servers gave the first TIMESTAMP of a table this by themselves; a MariaDB of today must be told.
TOUCHED = text("CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP")
