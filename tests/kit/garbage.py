"""Spares the garbage collector what a test process keeps to its end: modules, and all its tests.

Every full collection would look at thousands of tests again. Young objects are looked at seldom,
for nearly all that tests make is freed with its last reference.
"""

import gc

_NEW_OBJECTS = 10_000
"""How many more objects must exist before the young ones are looked at; Python's own is 700."""
_YOUNG_COLLECTIONS, _OLDER_COLLECTIONS = 20, 10
"""After how many collections of one generation the next older one is collected too."""


def pytest_configure() -> None:
    """Collect garbage seldom, from the first test that is read."""
    gc.set_threshold(_NEW_OBJECTS, _YOUNG_COLLECTIONS, _OLDER_COLLECTIONS)


def pytest_collection_finish() -> None:
    """Set aside what is there before the first test."""
    gc.collect()
    gc.freeze()
