"""The ledger's store: the table of recorded events, which is only appended to."""
