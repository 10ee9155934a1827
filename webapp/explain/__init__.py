"""Labels and sentences for people: statuses, reasons, codes, events and waits.

Pages, CSV, JSON, the audit trail and the command line use them, so that a thing has the same name
everywhere. These are pure functions over values of the ledger and rows of the projections: no
request, no SQL, no clock.
"""
