"""The queries of conversations."""

from projections.conversations.queries import ConversationQueries
from webapp.bootstrap import Application


def conversations(application: Application) -> ConversationQueries:
    """Queries of the texts to and from each number."""
    return ConversationQueries(application.views.engine)
