"""Sweeps: changes to all leads of a list, made slice by slice."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0002"
down_revision = "0001"

LONG_BLOB = sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")


def upgrade() -> None:
    """Can be run again after it was cut off: MariaDB has no transactions for CREATE."""
    op.create_table(
        "leadmill_sweeps",
        sa.Column("batch_id", sa.String(64), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("list_id", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("deletes", sa.Integer, nullable=False),
        sa.Column("claimed", sa.JSON, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("through", sa.BigInteger, nullable=False),
        sa.Column("planned_through", sa.BigInteger),
        sa.Column("planned", sa.Integer),
        sa.Column("reset", sa.BigInteger, nullable=False),
        sa.Column("deleted", sa.BigInteger, nullable=False),
        sa.Column("reply", LONG_BLOB),
        sa.Column("started", sa.DateTime, nullable=False),
        sa.Column("finished", sa.DateTime),
        if_not_exists=True,
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    if not any(index["name"] == "sweeps_finished" for index in sa.inspect(op.get_bind()).get_indexes("leadmill_sweeps")):
        op.create_index("sweeps_finished", "leadmill_sweeps", ["finished"])
