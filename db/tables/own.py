"""Leadmill's own tables: what makes effects happen once, jobs and their outcomes, and requests that could not be done.

Made by the migrations in db/migrations, InnoDB always, also beside a dialer's MyISAM tables: these rows must know a
ROLLBACK. Moments are text, in universal time where not said otherwise.
"""

from sqlalchemy import JSON, BigInteger, Column, Integer, LargeBinary, String, Table, Text

from db.tables.metadata import own
from db.types import DateTime

leadmill_locks = Table("leadmill_locks", own, Column("id", Integer, primary_key=True, autoincrement=False))  # a name's hash

leadmill_ledger = Table(
    "leadmill_ledger",
    own,
    Column("batch_id", String(64), primary_key=True),
    Column("first", Integer, primary_key=True, autoincrement=False),
    Column("size", Integer, nullable=False),
    Column("state", String(8), nullable=False),  # started, done
    Column("moment", DateTime(), nullable=False),  # the dialer's wall clock that the batch acted by
    Column("replies", LargeBinary),  # compressed JSON
    Column("started", DateTime()),
    Column("finished", DateTime()),
)

leadmill_deliveries = Table(
    "leadmill_deliveries",
    own,
    Column("batch_id", String(64), primary_key=True),
    Column("begun", Integer, nullable=False),  # deliveries after the first that have not ended
    Column("position", Integer),  # the request that is being done, where they are done one by one
    Column("deaths", Integer, nullable=False),  # of workers in the middle of that request
    Column("noted", DateTime(), nullable=False),
)

leadmill_dead_letters = Table(
    "leadmill_dead_letters",
    own,
    Column("id", Integer, primary_key=True),
    Column("batch_id", String(64), nullable=False),
    Column("position", Integer, nullable=False),
    Column("function", String(64), nullable=False),
    Column("user", String(64), nullable=False),
    Column("request", Text, nullable=False),  # JSON, without passwords
    Column("error", Text, nullable=False),
    Column("failed", DateTime(), nullable=False),
    Column("state", String(8), nullable=False, server_default="waiting"),  # waiting, retried, dropped
)

leadmill_jobs = Table(
    "leadmill_jobs",
    own,
    Column("id", String(40), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("user", String(64), nullable=False),
    Column("caller", JSON),
    Column("state", String(24), nullable=False),
    Column("options", JSON),
    Column("mapping", JSON),
    Column("filename", String(255)),
    Column("size", BigInteger),  # bytes
    Column("content_hash", String(64)),
    Column("idempotency_key", String(255)),
    Column("warning", Text),
    Column("problem", JSON),
    Column("rows_received", BigInteger, nullable=False, server_default="0"),
    Column("chunks_sent", Integer, nullable=False, server_default="0"),
    Column("sealed", Integer, nullable=False, server_default="0"),  # 1: no more rows will come
    Column("created", DateTime(), nullable=False),
    Column("touched", DateTime()),  # when the API was last seen receiving it
    Column("started", DateTime()),
    Column("finished", DateTime()),
    Column("results_expire", DateTime()),
    Column("source", String(40)),  # the job that this one tries again or undoes
    Column("recipe", JSON),  # what the chunks of an import share, as a message carries it, without rows
    Column("paused", DateTime()),
    Column("held", Integer, nullable=False, server_default="0"),  # seconds of earlier pauses, and between two uploads, since `started`
    Column("turn", Integer, nullable=False, server_default="0"),  # of its stored chunks; a message with another is out of date
    Column("woken", DateTime()),  # when that message was last sent; NULL: no stored chunk is to be run
)

leadmill_chunks = Table(
    "leadmill_chunks",
    own,
    Column("job_id", String(40), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("first_line", BigInteger, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("digest", String(32), nullable=False, server_default=""),  # of the rows, to know them when a file is sent again
    Column("state", String(16), nullable=False),
    Column("added", Integer, nullable=False, server_default="0"),
    Column("updated", Integer, nullable=False, server_default="0"),
    Column("duplicates", Integer, nullable=False, server_default="0"),
    Column("dnc", Integer, nullable=False, server_default="0"),
    Column("refused", Integer, nullable=False, server_default="0"),
    Column("failed", Integer, nullable=False, server_default="0"),
    Column("done", Integer, nullable=False, server_default="0"),  # requests answered, leads deleted
    Column("retryable", Integer, nullable=False, server_default="0"),  # of the failed
    Column("payload", LargeBinary),  # compressed JSON: what a chunk without a message of its own is run from
    Column("stored", DateTime()),  # when its leads were, by the clock of their modify_date
    Column("outcomes", LargeBinary),  # compressed JSON, an entry a row
    Column("finished", DateTime()),
)

leadmill_webhooks = Table(
    "leadmill_webhooks",
    own,
    Column("job_id", String(40), primary_key=True),
    Column("url", Text, nullable=False),
    Column("secret", String(255)),  # NULL: that of the settings
    Column("state", String(16), nullable=False),  # waiting, delivered, failed
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due", DateTime()),  # of the next attempt; NULL: as soon as the job has ended
    Column("error", String(255)),  # of the last attempt
    Column("ended", DateTime()),  # when it was delivered or given up
)

leadmill_tried_leads = Table(  # what a dry run would have added, for the rows that come later to be duplicates of
    "leadmill_tried_leads",
    own,
    Column("job_id", String(40), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # of the chunk
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("list_id", BigInteger, nullable=False),
    Column("phone_number", String(18), nullable=False),
    Column("title", String(4), nullable=False),
    Column("alt_phone", String(12), nullable=False),
    Column("first_name", String(30), nullable=False),
    Column("last_name", String(30), nullable=False),
    Column("created", DateTime(), nullable=False),
)

leadmill_import_templates = Table(
    "leadmill_import_templates",
    own,
    Column("user", String(64), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("options", JSON, nullable=False),  # of an import, by name
    Column("changed", DateTime(), nullable=False),
)

leadmill_idempotency_keys = Table(
    "leadmill_idempotency_keys",
    own,
    Column("user", String(64), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("payload_hash", String(64), nullable=False),
    Column("job_id", String(40), nullable=False),
    Column("created", DateTime(), nullable=False),
)

leadmill_request_ids = Table(
    "leadmill_request_ids",
    own,
    Column("key", String(200), primary_key=True),  # user, space, request id
    Column("payload_hash", String(64), nullable=False),
    Column("batch_id", String(64), nullable=False),  # of the first request with this id: the ledger has its reply
    Column("position", Integer, nullable=False),
    Column("created", DateTime(), nullable=False),
)

leadmill_sweeps = Table(
    "leadmill_sweeps",
    own,
    Column("batch_id", String(64), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("list_id", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),  # the last lead that is concerned
    Column("deletes", Integer, nullable=False),  # 1: the leads are deleted (after the reset, if there is one)
    Column("claimed", JSON, nullable=False),
    Column("state", String(8), nullable=False),  # reset, delete: what is being done; swept, done
    Column("through", BigInteger, nullable=False),  # the last lead that has been looked at
    Column("planned_through", BigInteger),  # of a slice that is under way in tables without ROLLBACK
    Column("planned", Integer),  # leads that it changes
    Column("reset", BigInteger, nullable=False),  # leads so far
    Column("deleted", BigInteger, nullable=False),  # leads so far
    Column("reply", LargeBinary),  # compressed JSON
    Column("started", DateTime(), nullable=False),
    Column("finished", DateTime()),
)
