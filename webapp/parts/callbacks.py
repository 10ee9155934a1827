"""The counts of Twilio's requests that were refused or came to a wrong address."""

from webapp.bootstrap import Application
from webapp.callback_problems import CallbackProblems


def callback_problems(application: Application) -> CallbackProblems:
    """The counts of all processes; raises `StoreUnavailable`."""
    return CallbackProblems(application.sending_engine, application.clock)
