"""The filters in the address of a list. A list never ignores one: it would show too much."""

from collections.abc import Sequence

from flask import request

from ledger.errors import NotFound

_OF_EVERY_LIST = frozenset({"before", "after", "as_of", "step"})
"""What turns the pages of a list, and the moment that it shows."""


def check_filters(filters: Sequence[str]) -> None:
    """Raise `NotFound` where the address has a filter that is not one of these."""
    for name in request.args.keys() - {*filters, *_OF_EVERY_LIST}:
        others = f"There is: {', '.join(filters)}." if filters else "This list has none."
        raise NotFound(f"There is no filter {name}. {others}")
