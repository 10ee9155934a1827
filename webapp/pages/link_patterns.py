"""`url_for` in templates: links of a page that differ in an id alone are built once.

Building an address costs about as much as a query, and a page of 50 contacts has 350 links of seven
kinds. So each kind is built once for a request, by Flask, and its ids are put in afterwards. What
Flask adds to an address (the moment that is shown, the path of a proxy) is the same in a request.
"""

import re
from typing import Any

from flask import Flask, current_app, g

_is_id = re.compile(r"[a-z]{3}_[a-z2-7]{24}").fullmatch
"""Whether a word is an id of the ledger, of which an address escapes no character."""
_PATTERNS = "link_patterns"


def init_links(app: Flask) -> None:
    """Let the app's templates build their addresses so."""
    app.jinja_env.globals["url_for"] = url_for


def url_for(endpoint: str, **values: Any) -> str:
    """Return what Flask's `url_for` does."""
    ids = {
        name: value for name, value in values.items() if isinstance(value, str) and _is_id(value)
    }
    key = (endpoint, *((name, name in ids or repr(value)) for name, value in values.items()))
    patterns: dict[Any, str] = g.setdefault(_PATTERNS, {})
    if (pattern := patterns.get(key)) is None:
        places = {name: _place(number) for number, name in enumerate(ids)}
        pattern = patterns[key] = current_app.url_for(endpoint, **(values | places))
    for number, value in enumerate(ids.values()):
        pattern = pattern.replace(_place(number), value)
    return pattern


def _place(number: int) -> str:
    """Return what stands for an id: it is in no address, and is not escaped."""
    return f"~~{number}~~"
