"""Reads the query and the body of a request into their models, and says what is wrong with them."""

import re
from typing import Any, TypeVar, cast

import msgspec
from flask import g, request

from webapp.api.models.base import MomentQuery
from webapp.api.models.problem import FieldProblem
from webapp.api.problem_types import Kind
from webapp.api.problems import ProblemFound, invalid
from webapp.as_of import is_present, past_of
from webapp.current import application

T = TypeVar("T")

JSON = "application/json"
FORM = "multipart/form-data"
"""A form that has the file in its one part, `file`."""
FILE_TYPES = (
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.ms-excel",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/octet-stream",
)
"""What a contact file may be sent as; what it is, is read from its content."""
_PLACE = re.compile(r"(?P<words>.*?)(?: - at `(?:key in )?\$?(?P<path>.*)`)?", re.DOTALL)
_FIELD = re.compile(r"Object (?:missing required|contains unknown) field `(?P<name>.*)`")
_PRESENT_ONLY = (
    "This has no history that can be shown: it knows the present alone. Leave `as_of` out; the "
    "audit trail says what happened before."
)
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def read_query(model: type[T]) -> T:
    """Return the query. Raises `ProblemFound` for an unknown, repeated or unusable parameter."""
    given = request.args.to_dict(flat=False)
    for name, values in given.items():
        if len(values) > 1:
            raise invalid(f"{name} is given more than once.", parameter=name)
        if values == ["null"]:  # msgspec would read it as no value, which selects everything
            raise invalid("There is no value null. Leave the parameter out.", parameter=name)
    try:
        query = msgspec.convert({name: v for name, (v,) in given.items()}, model, strict=False)
    except msgspec.ValidationError as error:
        words, path = _place_of(error)
        raise invalid(words, parameter=path[0] if path else None) from error
    if isinstance(query, MomentQuery):
        _read_moment(query)
    return query


def refuse_query() -> None:
    """Raise `ProblemFound` where there is a parameter, for an operation that takes none."""
    for name in request.args:
        words = f"There is no parameter {name} here. Leave it out."
        raise invalid(_PRESENT_ONLY if name == "as_of" else words, parameter=name)


def read_body(model: type[T]) -> T:
    """Return the JSON in the body; an empty model for a file, or no body, where that is taken.

    Raises `ProblemFound` for anything else.
    """
    if may_be_file(model) and (request.mimetype == FORM or request.mimetype in FILE_TYPES):
        g.sent_file = sent_body()
        return cast("T", cast("Any", model).of_file())
    data = request.get_data()
    if not data and may_be_left_out(model):
        return model()
    if request.mimetype != JSON:
        raise ProblemFound(Kind.MEDIA_TYPE)
    if _NUL.search(data):
        raise invalid("The body has the character U+0000 in a text. Leave it out.")
    try:
        return msgspec.json.decode(data, type=model)
    except msgspec.ValidationError as error:
        words, path = _place_of(error)
        raise invalid(words, pointer=pointer_to(*path)) from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        words = f"The body is no JSON in UTF-8: {error}."
        raise ProblemFound(Kind.MALFORMED, words, [FieldProblem(detail=words)]) from error


def sent_body() -> bytes:
    """Return the body; of a form with a file, that file. Raises `ProblemFound`."""
    if request.mimetype != FORM:
        return request.get_data()
    if (file := g.get("file_of_form")) is None:
        file = g.file_of_form = _file_of_form()
    return cast("bytes", file)


def _file_of_form() -> bytes:
    names = [
        name for name, _ in (*request.form.items(multi=True), *request.files.items(multi=True))
    ]
    file = request.files.get("file")
    if file is None or names != ["file"]:
        raise invalid("Send a form with one part, the file, which is called `file`.")
    content: bytes = file.read()
    return content


def may_be_file(model: type[Any]) -> bool:
    """Return whether the body may be a contact file instead of this model."""
    return getattr(model, "TAKES_FILES", False)


def may_be_left_out(model: type[Any]) -> bool:
    """Return whether a request may come without a body."""
    return getattr(model, "MAY_BE_LEFT_OUT", False)


def sent_file() -> bytes | None:
    """Return the contact file that is the body; None where the body is JSON."""
    file: bytes | None = g.get("sent_file")
    return file


def pointer_to(*path: str | int) -> str:
    """Return the JSON Pointer to a part of the body."""
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return "".join(f"/{part}" for part in parts)


def _read_moment(query: MomentQuery) -> None:
    """Let the answer show the moment that the query asks for. Raises `BadMoment`."""
    if not is_present(query.as_of):
        app = application()
        g.past = past_of(app.ledger.reader, query.as_of or "", app.clock.now())


def _place_of(error: msgspec.ValidationError) -> tuple[str, list[str]]:
    """Return the words of an error, and the way to what it is about.

    "Expected `str`, got `int` - at `$.contacts[3].phone`" → ["contacts", "3", "phone"]
    """
    match: Any = _PLACE.fullmatch(str(error))
    path = [part for part in re.split(r"[.\[\]]+", match["path"] or "") if part]
    if field := _FIELD.fullmatch(match["words"]):
        path.append(field["name"])
    return f"{match['words']}.", path
