"""${message}."""

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Can be run again after it was cut off: MariaDB has no transactions for CREATE and ALTER."""
    ${upgrades if upgrades else "pass"}
