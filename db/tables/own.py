"""Leadmill's own tables: what makes effects happen once, jobs and their outcomes, and requests that could not be done.

InnoDB always, also beside a dialer's MyISAM tables: these rows must know a ROLLBACK. Moments are text, in universal time
where not said otherwise. Made by the migrations in db/migrations.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, SmallInteger, String, Table, Text
from sqlalchemy.dialects import mysql

from db.tables.metadata import own

OPTIONS = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}

LOCKS = 4096
"""Rows of leadmill_locks."""

LongText = Text().with_variant(mysql.LONGTEXT(), "mysql")
LongBytes = LargeBinary().with_variant(mysql.LONGBLOB(), "mysql")
Numbered = BigInteger().with_variant(Integer(), "sqlite")
Moment = String(19)
"""`2026-10-05 10:00:00`."""

leadmill_locks = Table(
    "leadmill_locks",
    own,
    Column("id", Integer, primary_key=True, autoincrement=False),
    **OPTIONS,
)

leadmill_ledger = Table(
    "leadmill_ledger",
    own,
    Column("batch_id", String(64), primary_key=True),
    Column("first", Integer, primary_key=True, autoincrement=False),
    Column("size", Integer, nullable=False),
    Column("state", String(8), nullable=False),
    Column("moment", Moment, nullable=False),  # the dialer's wall clock
    Column("replies", LongBytes),
    Column("started", Moment),
    Column("finished", Moment),
    Index("leadmill_ledger_finished", "finished"),
    **OPTIONS,
)

leadmill_dead_letters = Table(
    "leadmill_dead_letters",
    own,
    Column("id", Numbered, primary_key=True, autoincrement=True),
    Column("batch_id", String(64), nullable=False),
    Column("position", Integer, nullable=False),
    Column("function", String(64), nullable=False),
    Column("user", String(64), nullable=False),
    Column("request", LongText, nullable=False),  # JSON, without passwords
    Column("error", Text, nullable=False),
    Column("failed", Moment, nullable=False),
    Column("state", String(8), nullable=False),  # waiting, retried, dropped
    Index("leadmill_dead_letters_state", "state"),
    sqlite_autoincrement=True,
    **OPTIONS,
)

leadmill_jobs = Table(
    "leadmill_jobs",
    own,
    Column("id", String(40), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("user", String(64), nullable=False),
    Column("caller", LongText, nullable=False),  # JSON
    Column("state", String(20), nullable=False),
    Column("options", LongText, nullable=False),  # JSON
    Column("mapping", LongText, nullable=False),  # JSON
    Column("filename", String(255), nullable=False, server_default=""),
    Column("size", BigInteger, nullable=False, server_default="0"),  # bytes received
    Column("content_hash", String(64), nullable=False, server_default=""),
    Column("idempotency_key", String(255), nullable=False, server_default=""),
    Column("warning", Text),
    Column("problem", LongText),  # JSON
    Column("received", BigInteger, nullable=False, server_default="0"),  # rows
    Column("chunks", Integer, nullable=False, server_default="0"),  # chunks sent
    Column("sealed", SmallInteger, nullable=False, server_default="0"),  # 1: no more rows will come
    Column("created", Moment, nullable=False),
    Column("started", Moment),
    Column("finished", Moment),
    Column("results_expire", Moment),
    Index("leadmill_jobs_user", "user", "created"),
    Index("leadmill_jobs_content", "user", "content_hash"),
    Index("leadmill_jobs_expire", "results_expire"),
    **OPTIONS,
)

leadmill_chunks = Table(
    "leadmill_chunks",
    own,
    Column("job_id", String(40), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("first_line", BigInteger, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("added", Integer, nullable=False, server_default="0"),
    Column("updated", Integer, nullable=False, server_default="0"),
    Column("duplicates", Integer, nullable=False, server_default="0"),
    Column("dnc", Integer, nullable=False, server_default="0"),
    Column("refused", Integer, nullable=False, server_default="0"),
    Column("failed", Integer, nullable=False, server_default="0"),
    Column("outcomes", LongBytes),  # compressed JSON, one entry a row
    Column("finished", Moment),
    Index("leadmill_chunks_state", "job_id", "state"),
    **OPTIONS,
)

leadmill_idempotency_keys = Table(
    "leadmill_idempotency_keys",
    own,
    Column("user", String(64), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("payload_hash", String(64), nullable=False, server_default=""),
    Column("job_id", String(40), nullable=False),
    Column("created", Moment, nullable=False),
    Index("leadmill_idempotency_keys_created", "created"),
    **OPTIONS,
)
