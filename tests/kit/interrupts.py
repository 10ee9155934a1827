"""Lets `make test` run under `nohup` and cron, which have every process ignore SIGINT.

Processes that tests start would inherit that, and those that a test ends by SIGINT would live on.
"""

import signal


def pytest_configure() -> None:
    """Hear SIGINT again, as a run at a terminal does."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
