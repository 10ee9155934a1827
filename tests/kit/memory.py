"""Keeps the files of tests in memory, where that is large enough; TMPDIR names another folder.

A test makes its own databases and deletes them. On ext4 that takes most of the time of a test on
PostgreSQL: the file system looks for an inode that was not deleted lately, for each of 400 files.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

_FOLDER = Path("/dev/shm")
_ENOUGH = 4 << 30
"""Free bytes. Four test processes and their servers need about one gigabyte."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Choose the folder before anything makes a temporary file."""
    if "TMPDIR" not in os.environ and _is_large_enough():
        os.environ["TMPDIR"] = str(_FOLDER)
        tempfile.tempdir = None


def _is_large_enough() -> bool:
    return _FOLDER.is_dir() and shutil.disk_usage(_FOLDER).free >= _ENOUGH
