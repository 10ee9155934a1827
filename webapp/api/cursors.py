"""Cursors: where the next page of a list begins, signed, and of no use for any other list."""

import hashlib
from typing import Any
from urllib.parse import quote, urlencode

from flask import request
from itsdangerous import BadData, URLSafeSerializer
from msgspec import structs

from webapp.api.models.base import PageQuery, PresentPageQuery
from webapp.api.problems import ProblemFound, invalid
from webapp.current import application

_NOT_OF_THIS = (
    "This cursor is not one of this list. Send the `next` of its last page, with the same filters "
    "and the same `as_of`; or leave the cursor out, to begin again."
)


class Cursors:
    """The cursors of one list: of its address, its filters and its moment."""

    def __init__(self, query: PageQuery | PresentPageQuery, **more: Any) -> None:
        """`more` is what else selects the items of the list, such as a search in the body."""
        self._query = query
        filters = {
            name: value
            for name, value in structs.asdict(query).items()
            if name not in {"cursor", "limit"}
        }
        list_name = repr((request.path, sorted(filters.items()), sorted(more.items())))
        salt = hashlib.sha256(list_name.encode()).hexdigest()
        self._serializer = URLSafeSerializer(
            application().settings.secret_key,
            salt=f"api cursor {salt}",
            signer_kwargs={"digest_method": hashlib.sha256},
        )

    def place(self) -> Any:
        """Return where the page that is asked for begins; None for the first page."""
        if self._query.cursor is None:
            return None
        try:
            return self._serializer.loads(self._query.cursor)
        except BadData as error:
            raise _not_of_this() from error

    def cursor(self, place: Any) -> str | None:
        """Return the cursor of the page that begins there; None for no further page."""
        return None if place is None else str(self._serializer.dumps(place))


def next_link(cursor: str | None) -> dict[str, str]:
    """Return the header that leads to the next page of a list that is read by GET."""
    if cursor is None:
        return {}
    query = urlencode({**request.args.to_dict(), "cursor": cursor})
    path = quote(request.script_root + request.path)
    return {"Link": f'<{path}?{query}>; rel="next"'}


def _not_of_this() -> ProblemFound:
    return invalid(_NOT_OF_THIS, parameter="cursor")
