"""How the ledger's tables came to be, step by step; Alembic runs these.

A migration is never changed once it was released: what it wrote stands in people's databases.
"""
