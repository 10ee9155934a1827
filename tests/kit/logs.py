"""The logging of this process, as it was before a block that sets up that of the program."""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def logging_restored() -> Iterator[None]:
    """Restore handlers, level and hooks after the block; pytest has its own."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    hooks = sys.excepthook, threading.excepthook
    try:
        yield
    finally:
        root.handlers, root.level = handlers, level
        sys.excepthook, threading.excepthook = hooks
        logging.captureWarnings(capture=False)
