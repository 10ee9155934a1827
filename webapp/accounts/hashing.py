"""Hashes and checks passwords: one at a time, and few that wait for it.

One hash takes 19 MiB and a tenth of a second of a core. Without a bound, everybody who reaches
the sign-in page could take all memory, and hold up Twilio's callbacks.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from passlib.context import CryptContext

from webapp.accounts.passwords import SCHEME
from webapp.accounts.try_later import HashingBusy

COSTS = {"argon2__memory_cost": 19 * 1024, "argon2__time_cost": 7, "argon2__parallelism": 1}
"""Memory in KiB, passes over it, threads: the least memory of OWASP's advice, 3.5 times the work.

https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html. A hash that was
made at other costs is checked at those, and made again when its person signs in.
"""
AT_ONCE = 1
"""More of them at once would take that much more memory, and the cores that callbacks need."""
WAITING = 15
"""With it half of the threads of a server: pages are answered while passwords wait."""

_LOW_PRIORITY = 10

_hashing = threading.BoundedSemaphore(AT_ONCE)
"""Of the process: of several ledgers, each has no more in the queue for it than run at once."""

Result = TypeVar("Result")


class PasswordHasher:
    """Hashes in threads of its own, which leave the processor to requests that want it.

    Flask-Security uses it in place of passlib's CryptContext. `hash` and `verify` raise
    `HashingBusy`, at once, where too many callers wait already.
    """

    def __init__(self, options: Mapping[str, int]) -> None:
        """Prepare; `options` set other costs than `COSTS`."""
        self._context = CryptContext(schemes=[SCHEME], **{**COSTS, **options})
        self.identify, self.needs_update = self._context.identify, self._context.needs_update
        self._lock, self._callers = threading.Lock(), 0
        self._places = threading.local()
        self._threads = ThreadPoolExecutor(AT_ONCE, "passwords", initializer=_yield_to_others)

    def hash(self, password: str) -> str:
        """Return the hash of a normalised password."""
        return self._queued(lambda: str(self._context.hash(password)))

    def verify(self, password: str, stored: str) -> bool:
        """Return whether a normalised password is the one that was hashed."""
        return self._queued(lambda: bool(self._context.verify(password, stored)))

    @property
    def callers(self) -> int:
        """How many passwords are being hashed or checked, or wait for it."""
        return self._callers

    @contextmanager
    def place(self) -> Iterator[None]:
        """Keep a place for what this thread hashes in the block. Raises `HashingBusy`."""
        if getattr(self._places, "is_kept", False):
            yield
            return
        with self._lock:
            if self._callers >= AT_ONCE + WAITING:
                raise HashingBusy
            self._callers += 1
        self._places.is_kept = True
        try:
            yield
        finally:
            self._places.is_kept = False
            with self._lock:
                self._callers -= 1

    def _queued(self, work: Callable[[], Result]) -> Result:
        with self.place():
            return self._threads.submit(_in_turn, work).result()


def _in_turn(work: Callable[[], Result]) -> Result:
    with _hashing:
        return work()


def _yield_to_others() -> None:
    """Lower the priority of this thread, and of those that argon2 starts from it."""
    if sys.platform == "linux":  # elsewhere a priority belongs to the whole process
        this = threading.get_native_id()
        lower = max(os.getpriority(os.PRIO_PROCESS, this), _LOW_PRIORITY)  # never a higher one
        os.setpriority(os.PRIO_PROCESS, this, lower)
