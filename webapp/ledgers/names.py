"""The name of the ledger that a thread or task works for, which its log lines bear."""

from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("ledger_name", default="")


def ledger_name() -> str:
    """Return the ledger's name; "" where a process has one ledger alone."""
    return _current.get()


def set_ledger_name(name: str) -> None:
    """Set it for this thread or task, and for those that are started with its context."""
    _current.set(name)
