"""How Alembic reaches the database: over the connection that `serving.store.database.migrate` opened."""

from alembic import context

from serving.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
