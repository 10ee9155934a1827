"""The id of the request that is being answered, which events and log lines bear.

Commands ask for it too, and a short command starts fast: nothing of a server is imported here.
"""

from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """Return the id of the request that this thread or task answers; "" outside of a request."""
    return _current.get()


def keep_request_id(given: str) -> None:
    """From now on this task answers the request with that id."""
    _current.set(given)
