"""Staff accounts: who may sign in, and the name behind the id in an event.

`Accounts` needs no Flask; `webapp.accounts.web` puts sign-in into the web app.
"""

from webapp.accounts.accounts import Accounts

__all__ = ["Accounts"]
