"""Staff accounts, in a database of their own."""

from webapp.accounts import Accounts
from webapp.bootstrap import Application


def accounts(application: Application) -> Accounts:
    """The accounts; raises `StoreUnavailable`."""
    return Accounts(application.accounts_engine, clock=application.clock)
