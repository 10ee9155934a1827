"""What each act needs: its page and its route of the API declare this, its command asks `--by`.

An act is named here once, so that the three cannot disagree.
"""

from webapp.permissions import Permission

LAUNCH = Permission.ACT
"""Launch a campaign, write and discard drafts, look up line types."""
CHANGE_CAMPAIGN = Permission.ACT
"""Pause, resume, close, archive; try failed contacts again."""
RECALL = Permission.ACT
"""Close a campaign and ask Twilio for its texts back; end or use its undo window."""
APPROVE_LAUNCH = Permission.APPROVE
"""Approve or refuse a launch that waits for a second person."""
CHANGE_LAUNCH_RULES = Permission.MANAGE_PEOPLE
"""Set from which size, and beyond which cost, a launch waits for a second person."""
REPLY = Permission.ACT
"""Answer one person."""
DECIDE = Permission.ACT
"""Decide about a text that may have been sent."""
ACCOUNT_FOR = Permission.ACT
"""Expect no report any more on texts that were sent and that no carrier confirms."""
CHANGE_CONTACT = Permission.ACT
"""Opt a number out or in, record a consent, decide on possible opt-outs, import opt-outs."""
CHANGE_CONVERSATION = Permission.ACT
"""Say that a conversation needs no reply, or who looks after it."""
HOLD = Permission.ACT
"""Place and release legal holds."""
FORGET = Permission.ACT
"""Destroy personal data."""
SWITCH_SENDING = Permission.ACT
"""Stop all sending, let it go on, change the account that sends."""
MAKE_PERMALINK = Permission.ACT
"""Make an address that shows one page of the past without signing in."""
REVOKE_PERMALINK = Permission.ACT
"""End a permalink, also one that somebody else made."""
MANAGE_PEOPLE = Permission.MANAGE_PEOPLE
"""Add people, change their roles, let them in and shut them out."""
MANAGE_SYSTEMS = Permission.MANAGE_KEYS
"""Make and end API tokens of systems; add, change and remove webhook endpoints."""
SET_RETENTION = Permission.MANAGE_RETENTION
"""Set and confirm the retention rule."""
BACK_UP = Permission.TAKE_WORDS
"""Take everything out in one encrypted file."""
BACK_UP_KEYS = Permission.MANAGE_KEYS
"""Take the keys out, with which everything can be read; say that they are kept elsewhere."""
