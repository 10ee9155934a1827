"""The ledger's table of events, under the name by which connections to the views see it."""

import sqlalchemy as sa

from ledger.store import schema

events = schema.events.to_metadata(sa.MetaData(), schema="ledger")
"""In PostgreSQL the schema of the ledger; in SQLite its file, attached under that name."""
