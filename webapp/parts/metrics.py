"""The numbers for monitoring."""

from projections.campaigns.totals import TotalsQueries
from webapp.bootstrap import Application
from webapp.metrics.collecting import Metrics
from webapp.metrics.processes import Processes


def processes(application: Application) -> Processes:
    """What all processes say of themselves; raises `StoreUnavailable`."""
    return Processes(application.sending_engine, application.clock)


def metrics(application: Application) -> Metrics:
    """What is read of the ledger and its processes."""
    return Metrics(application, TotalsQueries(application.views.engine))
