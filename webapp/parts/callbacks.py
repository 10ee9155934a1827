"""The counts of Twilio's requests: those that were refused or misplaced, and those that repeat."""

from webapp.bootstrap import Application
from webapp.callback_problems import CallbackProblems
from webapp.repeated_callbacks import RepeatedCallbacks


def callback_problems(application: Application) -> CallbackProblems:
    """The counts of all processes; raises `StoreUnavailable`."""
    return CallbackProblems(application.sending_engine, application.clock)


def repeated_callbacks(application: Application) -> RepeatedCallbacks:
    """The counts of all processes; raises `StoreUnavailable`."""
    return RepeatedCallbacks(application.sending_engine, application.clock)
