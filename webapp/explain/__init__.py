"""All words for readers: labels and sentences for statuses, reasons, codes, events and waits.

Pages, CSV, JSON, the audit trail and the command line take them from here, so that a thing is
called the same everywhere. Pure functions over values of the ledger and rows of the projections:
no request, no SQL, no clock.
"""
