"""What a server does for its ledgers by itself, in threads beside its requests."""
