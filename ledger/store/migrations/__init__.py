"""The migrations of the ledger's tables, which Alembic runs.

A migration is never changed once it was released, as databases have its result.
"""
