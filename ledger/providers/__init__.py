"""Text providers: one contract, one file per provider."""
