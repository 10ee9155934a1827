"""The databases of the accounts and of the senders, and whether all databases can be written."""

import sqlalchemy as sa

from ledger.store.engine import open_database
from webapp.bootstrap import Application
from webapp.store_checks import Place, StoreChecks


def sending_engine(application: Application) -> sa.Engine:
    """The database of the senders."""
    url = application.settings.databases.sending_url
    return open_database(url, "sending", setting="LEDGER_DATABASE_URL", is_durable=False)


def accounts_engine(application: Application) -> sa.Engine:
    """The database of the accounts."""
    url = application.settings.databases.accounts_url
    return open_database(url, "accounts", setting="LEDGER_DATABASE_URL", is_durable=True)


def store_checks(application: Application) -> StoreChecks:
    """The checks of all databases, and of the file that says what was signed."""
    settings = application.settings
    return StoreChecks(
        {
            Place.LEDGER: application.store.engine,
            Place.VIEWS: application.views.engine,
            Place.ACCOUNTS: application.accounts_engine,
            Place.SENDING: application.sending_engine,
        },
        settings.signing_record if settings.signing_key else None,
    )
