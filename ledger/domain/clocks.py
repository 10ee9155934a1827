"""How far apart two times may be that mean the same moment. Standard library only."""

from datetime import timedelta

TOLERANCE = timedelta(minutes=10)
"""The one tolerance between the ledger's times and the provider's.

The offset between the two clocks is taken off before (see `Provider`). What is left are clocks that
were set in between, and the time that a request needs.
"""
