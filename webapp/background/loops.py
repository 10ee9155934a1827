"""Recurring work for a ledger: alone in a thread, or together with other work."""

import itertools
import threading
from collections.abc import Callable, Generator, Sequence

from webapp.bootstrap import Application

RARER = 5.0
"""How much longer the pauses are where a process has many ledgers."""

Steps = Generator[float, None, None]
"""Pauses in seconds; something is done after each of them."""


class RecurringWork:
    """Work that is done again and again for one ledger.

    Attributes:
        steps: Does it once for each pause in seconds that it yields, and ends tidily when closed.
    """

    def __init__(self, steps: Callable[[Application, threading.Event], Steps]) -> None:
        self.steps = steps
        self.__doc__ = steps.__doc__

    def __call__(self, app: Application, stop: threading.Event) -> None:
        """Do it in this thread until `stop` is set."""
        keep_together([self], app, stop)


def keep_together(
    works: Sequence[RecurringWork], app: Application, stop: threading.Event, *, rarer: float = 1.0
) -> None:
    """Do several kinds of work in this thread, in turn, until `stop` is set.

    `rarer` is the factor by which all pauses are longer than in `RecurringWork.__call__`.
    """
    running = [work.steps(app, stop) for work in works]
    pauses = {each: pause for each in running for pause in itertools.islice(each, 1)}
    while pauses:
        first = min(pauses, key=lambda each: pauses[each])
        waited = pauses.pop(first)
        if stop.wait(waited * rarer):
            break
        pauses = {each: pause - waited for each, pause in pauses.items()}
        for pause in itertools.islice(first, 1):
            pauses[first] = pause
    for each in running:
        each.close()
