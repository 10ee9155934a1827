"""Staff accounts, in a database of their own."""

from webapp.accounts import Accounts
from webapp.bootstrap import Application


def accounts(application: Application) -> Accounts:
    """The accounts; raises `StoreUnavailable`."""
    secret_key = application.settings.secret_key
    return Accounts(application.accounts_engine, secret_key=secret_key, clock=application.clock)
