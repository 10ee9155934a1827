"""The API for other programs, such as a school information system; docs/reference/api.md.

Its views hold no SQL and no rules: they call what the pages and the commands call.
"""
