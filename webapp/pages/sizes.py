"""How many rows a page shows, and how many a download holds in memory."""

PAGE_ROWS = 50
"""Contacts, conversations, messages or events on one page of a list."""

MOST_TICKED = 200
"""Contacts that somebody ticks for one act."""

SEARCH_ROWS = 8
"""People, campaigns or events of a search, before all of them are asked for."""

TIMELINE_ROWS = 100
"""Events on the page of one contact; the audit trail shows the rest."""

EXAMPLE_ROWS = 10
"""Examples of a kind before "and 7 more": bad rows of a file, costly characters."""

EXPORT_ROWS = 1000
"""Rows of a download that are in memory at the same time."""
