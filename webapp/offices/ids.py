"""The ids that name what may belong to an office, in any text."""

import re

ID = re.compile(r"\b(?:cam|del|dra|con|lnk|lst|rsd)_[0-9a-z]{20,30}\b")
"""Ids of campaigns, deliveries, drafts, contacts, lists, permalinks and requests to resend."""
