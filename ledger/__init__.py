"""The immutable ledger of deliveries: its events, its rules, its store and its sender."""
