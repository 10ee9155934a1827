"""Spares the garbage collector what a test process keeps to its end: modules, and all its tests.

Every full collection would look at thousands of tests again.
"""

import gc


def pytest_collection_finish() -> None:
    """Set aside what is there before the first test."""
    gc.collect()
    gc.freeze()
