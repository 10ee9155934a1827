"""Downloads that are sent while they are being made."""

import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain

from flask import stream_with_context

from ledger.errors import StoreUnavailable
from webapp.current import application

_FIRST_CHARACTERS = 64 * 1024


def streamed(parts: Iterator[str]) -> Iterator[str]:
    """Return the parts of a download, of which the first 64 KB are made at once.

    So a fault in a short file is answered as on any page. A later one cuts the file off, since its
    beginning is sent already.
    """
    first, size = [], 0
    for part in parts:
        first.append(part)
        size += len(part)
        if size >= _FIRST_CHARACTERS:
            break
    return stream_with_context(chain(["".join(first)], _watched(parts)))


def _watched(parts: Iterator[str]) -> Iterator[str]:
    began = time.monotonic()
    try:
        yield from parts
    except Exception as error:
        with suppress(StoreUnavailable):
            application().view_faults.remedy(error, began)  # for the next download
        raise
