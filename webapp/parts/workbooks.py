"""The queue of workbooks that pages ask for."""

from webapp.bootstrap import Application
from webapp.workbooks.queue import WorkbookQueue


def workbooks(application: Application) -> WorkbookQueue:
    """The queue that all processes of this machine share."""
    folder = application.settings.databases.workbooks
    return WorkbookQueue(folder, application.clock, application.ledger)
