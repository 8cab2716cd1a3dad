"""The first tables of our own: locks, ledger, request ids, deliveries, dead letters, jobs and what belongs to them, idempotency keys."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None

OPTIONS: dict[str, Any] = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
COUNTERS = ("added", "updated", "duplicates", "dnc", "refused", "failed", "done")
UNIQUE = ("jobs_source",)
LONG_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
LONG_BLOB = sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")


def upgrade() -> None:
    """Can be run again after it was cut off: MariaDB has no transactions for CREATE and ALTER."""
    _create("leadmill_locks", [sa.Column("id", sa.Integer, primary_key=True, autoincrement=False)])
    _create("leadmill_ledger", _ledger(), {"ledger_finished": ["finished"]})
    _create("leadmill_request_ids", _request_ids(), {"request_ids_created": ["created"]})
    _create("leadmill_deliveries", _deliveries(), {"deliveries_noted": ["noted"]})
    _create("leadmill_dead_letters", _dead_letters(), {"dead_letters_state": ["state", "failed"]})
    indexes = {
        "jobs_user": ["user", "created"],
        "jobs_state": ["state", "created"],
        "jobs_content": ["content_hash", "created"],
        "jobs_results_expire": ["results_expire"],
        "jobs_source": ["source", "kind"],
        "jobs_woken": ["woken"],
    }
    _create("leadmill_jobs", _jobs(), indexes)
    # covers what a job counts, so that nothing of the outcomes is read for it
    _create("leadmill_chunks", _chunks(), {"chunks_counted": ["job_id", "state", "rows", *COUNTERS]})
    _create("leadmill_webhooks", _webhooks(), {"webhooks_due": ["state", "due"]})
    indexes = {
        "tried_leads_phone": ["job_id", "phone_number"],
        "tried_leads_alt_phone": ["job_id", "alt_phone"],
        "tried_leads_created": ["created"],
    }
    _create("leadmill_tried_leads", _tried_leads(), indexes)
    _create("leadmill_import_templates", _import_templates())
    _create("leadmill_idempotency_keys", _idempotency_keys(), {"idempotency_keys_created": ["created"]})


def _create(table: str, columns: list[sa.Column[Any]], indexes: dict[str, list[str]] | None = None) -> None:
    numbered = table == "leadmill_dead_letters"
    op.create_table(table, *columns, if_not_exists=True, sqlite_autoincrement=numbered, **OPTIONS)
    there = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}
    for name, names in (indexes or {}).items():
        if name not in there:
            op.create_index(name, table, names, unique=name in UNIQUE)


def _ledger() -> list[sa.Column[Any]]:
    return [
        sa.Column("batch_id", sa.String(64), primary_key=True),
        sa.Column("first", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("moment", sa.DateTime, nullable=False),
        sa.Column("replies", LONG_BLOB),
        sa.Column("started", sa.DateTime),
        sa.Column("finished", sa.DateTime),
    ]


def _request_ids() -> list[sa.Column[Any]]:
    return [
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("payload_hash", sa.String(64), nullable=False),
        sa.Column("batch_id", sa.String(64), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
    ]


def _deliveries() -> list[sa.Column[Any]]:
    return [
        sa.Column("batch_id", sa.String(64), primary_key=True),
        sa.Column("begun", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer),
        sa.Column("deaths", sa.Integer, nullable=False),
        sa.Column("noted", sa.DateTime, nullable=False),
    ]


def _dead_letters() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("batch_id", sa.String(64), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("function", sa.String(64), nullable=False),
        sa.Column("user", sa.String(64), nullable=False),
        sa.Column("request", LONG_TEXT, nullable=False),
        sa.Column("error", LONG_TEXT, nullable=False),
        sa.Column("failed", sa.DateTime, nullable=False),
        sa.Column("state", sa.String(8), nullable=False, server_default="waiting"),
    ]


def _jobs() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("user", sa.String(64), nullable=False),
        sa.Column("caller", sa.JSON),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("options", sa.JSON),
        sa.Column("mapping", sa.JSON),
        sa.Column("filename", sa.String(255)),
        sa.Column("size", sa.BigInteger),
        sa.Column("content_hash", sa.String(64)),
        sa.Column("idempotency_key", sa.String(255)),
        sa.Column("warning", LONG_TEXT),
        sa.Column("problem", sa.JSON),
        sa.Column("rows_received", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("chunks_sent", sa.Integer, nullable=False, server_default="0"),
        sa.Column("sealed", sa.Integer, nullable=False, server_default="0"),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("touched", sa.DateTime),
        sa.Column("started", sa.DateTime),
        sa.Column("finished", sa.DateTime),
        sa.Column("results_expire", sa.DateTime),
        sa.Column("source", sa.String(40)),
        sa.Column("recipe", sa.JSON),
        sa.Column("paused", sa.DateTime),
        sa.Column("held", sa.Integer, nullable=False, server_default="0"),
        sa.Column("turn", sa.Integer, nullable=False, server_default="0"),
        sa.Column("woken", sa.DateTime),
    ]


def _chunks() -> list[sa.Column[Any]]:
    return [
        sa.Column("job_id", sa.String(40), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("first_line", sa.BigInteger, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(32), nullable=False, server_default=""),
        sa.Column("state", sa.String(16), nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False, server_default="0") for name in COUNTERS),
        sa.Column("retryable", sa.Integer, nullable=False, server_default="0"),
        sa.Column("payload", LONG_BLOB),
        sa.Column("stored", sa.DateTime),
        sa.Column("outcomes", LONG_BLOB),
        sa.Column("finished", sa.DateTime),
    ]


def _webhooks() -> list[sa.Column[Any]]:
    return [
        sa.Column("job_id", sa.String(40), primary_key=True),
        sa.Column("url", LONG_TEXT, nullable=False),
        sa.Column("secret", sa.String(255)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("due", sa.DateTime),
        sa.Column("error", sa.String(255)),
        sa.Column("ended", sa.DateTime),
    ]


def _tried_leads() -> list[sa.Column[Any]]:
    return [
        sa.Column("job_id", sa.String(40), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("list_id", sa.BigInteger, nullable=False),
        sa.Column("phone_number", sa.String(18), nullable=False),
        sa.Column("title", sa.String(4), nullable=False),
        sa.Column("alt_phone", sa.String(12), nullable=False),
        sa.Column("first_name", sa.String(30), nullable=False),
        sa.Column("last_name", sa.String(30), nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
    ]


def _import_templates() -> list[sa.Column[Any]]:
    return [
        sa.Column("user", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("changed", sa.DateTime, nullable=False),
    ]


def _idempotency_keys() -> list[sa.Column[Any]]:
    return [
        sa.Column("user", sa.String(64), primary_key=True),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("payload_hash", sa.String(64), nullable=False),
        sa.Column("job_id", sa.String(40), nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
    ]
