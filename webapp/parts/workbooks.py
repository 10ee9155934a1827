"""The queue of workbooks that pages ask for."""

from webapp.bootstrap import Application
from webapp.workbooks.queue import WorkbookQueue
from webapp.workbooks.words_seal import WordsSeal


def workbooks(application: Application) -> WorkbookQueue:
    """The queue that all processes of this machine share."""
    settings = application.settings
    seal = WordsSeal(settings.secret_key)
    return WorkbookQueue(settings.databases.workbooks, application.clock, application.ledger, seal)
