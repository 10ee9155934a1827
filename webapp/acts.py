"""What each act needs: its page declares this with `needs`, and its command asks it of `--by`.

An act that has a page and a command is named here once, so that the two cannot disagree.
"""

from webapp.permissions import Permission

LAUNCH = Permission.ACT
"""Launch a campaign, write and discard drafts, look up line types."""
CHANGE_CAMPAIGN = Permission.ACT
"""Pause, resume, close, archive; try failed contacts again."""
DECIDE = Permission.ACT
"""Decide about a text that may have been sent."""
CHANGE_CONTACT = Permission.ACT
"""Opt a number out or in, record a consent, decide on possible opt-outs, import opt-outs."""
HOLD = Permission.ACT
"""Place and release legal holds."""
FORGET = Permission.ACT
"""Destroy personal data."""
SWITCH_SENDING = Permission.ACT
"""Stop all sending, let it go on, change the account that sends."""
REVOKE_PERMALINK = Permission.ACT
"""End a permalink, whoever made it."""
MANAGE_PEOPLE = Permission.MANAGE_PEOPLE
"""Add people, change their roles, let them in and shut them out."""
BACK_UP = Permission.TAKE_WORDS
"""Take everything out in one encrypted file."""
BACK_UP_KEYS = Permission.MANAGE_KEYS
"""Take the keys out, with which everything can be read; say that they are kept elsewhere."""
