"""Proof that the ledger was not changed: checkpoints, verification, bundles."""
