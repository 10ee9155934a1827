"""Keeps projections up to date with the ledger and rebuilds them; knows nothing about texts."""
