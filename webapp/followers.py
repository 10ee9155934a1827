"""Reading the followers of the views on, before a page shows what they hold."""

from ledger.errors import StoreUnavailable
from webapp.bootstrap import Application

_FOLLOW_SECONDS = 0.5
"""How long a page waits for them."""


def have_followers_read(app: Application) -> bool:
    """Let the followers of the views read on for a moment; return whether they have read all."""
    try:
        return app.views.follow(_FOLLOW_SECONDS)
    except StoreUnavailable:
        return False
