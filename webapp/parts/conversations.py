"""The queries of conversations."""

from projections.conversations.inbox import Inbox
from webapp.bootstrap import Application


def conversations(application: Application) -> Inbox:
    """Queries of the texts to and from each number."""
    return Inbox(application.views.engine, scope=application.scope)
