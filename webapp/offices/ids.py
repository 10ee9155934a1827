"""The ids that name what may belong to an office, in any text."""

import re

ID = re.compile(r"\b(?:cam|del|dra|con|lnk|lst|rsd|tpl)_[0-9a-z]{20,30}\b")
"""Ids of campaigns, deliveries, drafts, contacts, lists, permalinks, requests to resend and
templates."""
