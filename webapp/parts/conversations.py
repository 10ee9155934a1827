"""Queries of what was said with each number."""

from projections.conversations.queries import ConversationQueries
from webapp.bootstrap import Application


def conversations(application: Application) -> ConversationQueries:
    """Texts to and from each number."""
    return ConversationQueries(application.views.engine)
