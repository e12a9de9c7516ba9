"""Runs the migrations on the connection that `schema.upgrade` hands over, inside its transaction."""

from alembic import context

from callcenter.storage.migrations import VERSION_TABLE
from callcenter.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
context.run_migrations()
