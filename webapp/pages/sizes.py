"""How much is shown or read at once, where a page does not lead on from row to row."""

TIMELINE_ROWS = 100
"""Events of one contact; the audit trail has the rest."""

LISTED = 10
"""Examples of a kind: bad rows of a file, unusual characters."""

EXPORT_ROWS = 1000
"""Rows of a download that are in memory at once."""
