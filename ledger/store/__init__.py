"""The ledger's store: one table of events, written through one door, never changed."""
