"""Proof that nothing in the ledger was changed: checkpoints, verification, bundles."""
