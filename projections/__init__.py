"""The views: rows for pages and commands, computed from the ledger; deleting them is safe."""
