"""What Alembic runs to run the migrations: on the connection handed in, in its transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
