"""Runs migrations over the connection that :mod:`hub.store.migrate` hands in, inside its transaction."""

from alembic import context

from hub.store.people import metadata  # with the tables of hub.store.tables

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=False)
context.run_migrations()
