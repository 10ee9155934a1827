"""Staff accounts, in a database of their own, and the changes of them."""

from contextlib import suppress

from ledger.errors import StoreUnavailable
from webapp.accounts import Accounts
from webapp.bootstrap import Application
from webapp.factors import FactorChanges
from webapp.people import People
from webapp.token_changes import TokenChanges


def accounts(application: Application) -> Accounts:
    """The accounts, with all changes that the ledger has; raises `StoreUnavailable`."""
    settings = application.settings
    opened = Accounts(
        application.accounts_engine,
        secret_key=settings.secret_key,
        clock=application.clock,
        is_provider_only=settings.sign_in.is_provider_only,
    )
    with suppress(StoreUnavailable):  # a server completes them later
        People(application.ledger, opened).complete()
    return opened


def people(application: Application) -> People:
    """Who changes accounts."""
    return People(application.ledger, application.accounts)


def factors(application: Application) -> FactorChanges:
    """What changes passkeys, two-factor sign-in and recovery codes."""
    return FactorChanges(application.people)


def token_changes(application: Application) -> TokenChanges:
    """What makes and revokes tokens of the API."""
    return TokenChanges(application.people, application.accounts)
