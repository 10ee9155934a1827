"""Callers that hold the places of a hasher."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Lock

from webapp.accounts.hashing import AT_ONCE, PasswordHasher


@contextmanager
def held(hasher: PasswordHasher, callers: int) -> Iterator[list[str]]:
    """Callers that hash for as long as the block lasts; yields the passwords under way."""
    release, running, lock = Event(), list[str](), Lock()
    context = hasher._context

    class Holding:
        def hash(self, password: str) -> str:
            with lock:
                running.append(password)
            release.wait()
            return str(context.hash(password))

        verify = context.verify

    hasher._context = Holding()
    with ThreadPoolExecutor(callers) as pool:
        for n in range(callers):
            pool.submit(hasher.hash, f"password {n}")
        while hasher.callers < callers or len(running) < min(callers, AT_ONCE):
            time.sleep(0.001)
        try:
            yield running
        finally:
            release.set()
