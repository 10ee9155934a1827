"""The staff's pages: each blueprint reads rows, calls verbs, and knows no rule and no SQL."""
