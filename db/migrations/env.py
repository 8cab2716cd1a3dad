"""Run by Alembic for each upgrade; db/own.py gives it the connection, which is also whose transaction it is."""

from alembic import context

from db.own import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
context.run_migrations()
