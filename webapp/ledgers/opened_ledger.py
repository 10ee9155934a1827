"""The databases of a ledger as a move opens them, also where they refuse everybody else."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from ledger.store.engine import open_database, reading
from ledger.store.store import Store, open_store
from webapp.settings import Settings

_SETTING = "LEDGER_DATABASE_URL"


@dataclass(frozen=True, kw_only=True)
class OpenedLedger:
    """The databases that are moved; the views are made again."""

    settings: Settings
    store: Store
    accounts: sa.Engine
    sending: sa.Engine

    @property
    def place(self) -> str:
        """The address of the ledger's database, without user and password."""
        url = make_url(self.settings.databases.ledger_url).set(username=None, password=None)
        return url.render_as_string()

    @property
    def encoding(self) -> str:
        """The encoding of the ledger's database."""
        if self.settings.databases.is_one_machine:
            return "UTF8"
        with reading(self.store.engine) as connection:
            return str(connection.exec_driver_sql("SHOW server_encoding").scalar())


@contextmanager
def opened(settings: Settings) -> Iterator[OpenedLedger]:
    """Open the databases that these settings name, for the length of the block."""
    databases = settings.databases
    store = open_store(databases.ledger_url, setting=_SETTING)
    accounts = open_database(databases.accounts_url, "accounts", setting=_SETTING, is_durable=True)
    sending = open_database(databases.sending_url, "sending", setting=_SETTING, is_durable=False)
    try:
        yield OpenedLedger(settings=settings, store=store, accounts=accounts, sending=sending)
    finally:
        for engine in (store.engine, accounts, sending):
            engine.dispose()
