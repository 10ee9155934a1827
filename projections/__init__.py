"""The views: what pages and commands show, derived from the ledger and free to be thrown away."""
