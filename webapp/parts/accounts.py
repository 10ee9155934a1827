"""Staff accounts, in a database of their own."""

from ledger.store.engine import open_database
from webapp.accounts import Accounts
from webapp.bootstrap import Application


def accounts(application: Application) -> Accounts:
    """The accounts; raises `StoreUnavailable`."""
    engine = open_database(
        application.settings.databases.accounts_url,
        "accounts",
        setting="LEDGER_DATABASE_URL",
        is_durable=True,
    )
    secret_key = application.settings.secret_key
    return Accounts(engine, secret_key=secret_key, clock=application.clock)
