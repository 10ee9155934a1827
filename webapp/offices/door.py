"""The check of every request of somebody of certain offices: each id in it must be seen.

A request that has an id of another office gets the answer for an id that does not exist. The id may
be in the path, the query, a form or JSON. So no route needs to check what it is asked for.
"""

import re
from collections.abc import Iterator

from flask import request

from ledger.errors import NotFound
from webapp.current import application
from webapp.offices.ids import ID

_LARGEST_JSON = 64 * 1024
"""The API refuses longer JSON but for launches, which name contacts by number and no id."""
_LONGEST_VALUE = 300
"""Longer values of a form are texts for people, whose words are no request."""

_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)")
"""A character as JSON may write it: "\\u0063" is a c."""

KNOWN_PLACES = frozenset(
    {
        *("campaign_id", "delivery_id", "draft_id", "contact_id", "permalink_id", "seq"),
        *("resend_id", "list_id", "template_id"),
        *("act", "filename", "form", "job_id", "token", "path", "log"),
        *("user_id", "session_id", "endpoint_id", "try_id", "token_id", "office_id", "launch_name"),
    }
)
"""The parts of addresses that are ids of the kinds above, or name nothing that an office owns.

Somebody of certain offices opens no address with any other part: it is not known whose it is.
"""


def check_ids() -> None:
    """Raise `NotFound` where the request names something that is not seen."""
    app = application()
    if app.scope.is_everything:
        return
    place = request.view_args or {}
    if unknown := set(place) - KNOWN_PLACES:
        raise NotFound(f"Nobody of an office may open this: it is not known whose {unknown} it is.")
    for each in sorted(set(_ids())):
        if not app.sees(each):
            raise NotFound(f"There is no {each} here.")
    if isinstance(seq := place.get("seq"), int) and seq <= app.ledger.reader.head():
        app.ledger.reader.event(seq)


def _ids() -> Iterator[str]:
    for value in (request.view_args or {}).values():
        yield from ID.findall(str(value))
    for _, value in (*request.args.items(multi=True), *_form()):
        if len(value) <= _LONGEST_VALUE:
            yield from ID.findall(value)
    if request.is_json and (request.content_length or 0) <= _LARGEST_JSON:
        yield from ID.findall(_ESCAPED.sub(_unescaped, request.get_data(as_text=True)))


def _unescaped(character: re.Match[str]) -> str:
    return chr(int(character[1], 16)) if character[1] else " "


def _form() -> Iterator[tuple[str, str]]:
    if request.method == "POST" and not request.is_json:
        yield from request.form.items(multi=True)
