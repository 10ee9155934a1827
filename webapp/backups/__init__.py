"""Backups: one encrypted file of ledger, accounts and, by choice, keys; made, proved, put back."""
