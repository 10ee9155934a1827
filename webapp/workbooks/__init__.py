"""Workbooks of the audit trail that pages ask for, and that are made in the background."""
