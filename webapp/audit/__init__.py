"""The audit trail: words, search, rows and exports, for pages and commands alike."""
