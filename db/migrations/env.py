"""Run by Alembic for each upgrade; db/own.py gives it the connection, which is also whose transaction it is."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], version_table="leadmill_alembic_version")
context.run_migrations()
