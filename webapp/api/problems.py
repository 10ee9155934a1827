"""Which errors the API answers with, and how: each as a problem of RFC 9457, never as a page."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from ledger.commands.recent_launches import LaunchedRecently
from ledger.errors import (
    BadInput,
    CommitUnconfirmed,
    LedgerError,
    LedgerMoved,
    NotFound,
    StoreUnavailable,
    WrongKey,
)
from webapp.accounts.try_later import TryLater
from webapp.api.models.problem import FieldProblem, Problem
from webapp.api.problem_types import ABOUT, MEDIA_TYPE, Kind, kind_of_status, type_of
from webapp.as_of import BadMoment
from webapp.current import application
from webapp.pages.being_prepared import preparation
from webapp.serving.current_request import request_id

RETRY_AFTER_SECONDS = 5

_log = logging.getLogger(__name__)


_KIND_OF_ERROR: Mapping[type[LedgerError], Kind] = {
    NotFound: Kind.NOT_FOUND,
    LaunchedRecently: Kind.LAUNCHED_RECENTLY,
    BadInput: Kind.INVALID,
    CommitUnconfirmed: Kind.UNCONFIRMED,
    StoreUnavailable: Kind.UNAVAILABLE,
    WrongKey: Kind.UNAVAILABLE,
    TryLater: Kind.RATE_LIMITED,
}
"""The first class that fits counts; any other error of the ledger is a refusal."""


@dataclass(eq=False)
class ProblemFound(Exception):  # noqa: N818 - reads as the outcome it is
    """A request that is answered with a problem."""

    kind: Kind
    detail: str = ""
    errors: Sequence[FieldProblem] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def problem_answer(problem: ProblemFound) -> Response:
    """Return the answer of a problem."""
    about = ABOUT[problem.kind]
    body = Problem(
        type=type_of(problem.kind),
        title=about.title,
        status=about.status,
        detail=problem.detail or about.advice,
        instance=request.path,
        request_id=request_id(),
        errors=list(problem.errors),
    )
    answer = Response(msgspec.json.encode(body), about.status, mimetype=MEDIA_TYPE)
    answer.headers.update(problem.headers)
    if about.status == 503:
        answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer


def invalid(
    detail: str, *, pointer: str | None = None, parameter: str | None = None
) -> ProblemFound:
    """Return the problem of one wrong part of a request."""
    part = FieldProblem(detail=detail, pointer=pointer, parameter=parameter)
    return ProblemFound(Kind.INVALID, detail, [part])


def init_problems(app: Flask) -> None:
    """Answer all errors of the app with problems."""
    app.register_error_handler(ProblemFound, problem_answer)
    app.register_error_handler(LedgerError, _of_ledger)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _of_fault)


def _of_ledger(error: LedgerError) -> Response:
    if isinstance(error, NotFound) and (prepared := _being_prepared()):
        return problem_answer(prepared)
    kind = next((kind for each, kind in _KIND_OF_ERROR.items() if isinstance(error, each)), None)
    headers, errors = {}, []
    if isinstance(error, TryLater):
        headers["Retry-After"] = str(error.retry_after_seconds)
    if isinstance(error, BadMoment):
        errors.append(FieldProblem(detail=str(error), parameter="as_of"))
    detail = str(error)
    if kind is Kind.LAUNCHED_RECENTLY:
        detail = f"{detail} Set `again` to true if that is meant."
    if isinstance(error, CommitUnconfirmed):
        detail = f"{detail} {ABOUT[Kind.UNCONFIRMED].advice}"
    if isinstance(error, LedgerMoved):
        detail = f"{detail} Nothing is lost; ask your administrator."
    return problem_answer(ProblemFound(kind or Kind.REFUSED, detail, errors, headers))


def _being_prepared() -> ProblemFound | None:
    """Return the problem of something that the ledger has, and the views do not show yet."""
    if request.method != "GET" or (prepared := preparation()) is None:
        return None
    kind = Kind.NOT_FOUND if prepared.is_over else Kind.UNAVAILABLE
    return ProblemFound(kind, f"{prepared.title}. {prepared.words}")


def _of_http(error: HTTPException) -> Response:
    status = error.code or 500
    kind = kind_of_status(status)
    is_own = error.description != type(error).description and status == 403
    problem = ProblemFound(kind, (error.description or "") if is_own else "")
    answer = problem_answer(problem)
    if methods := getattr(error, "valid_methods", None):
        answer.headers["Allow"] = ", ".join(sorted(methods))
    return answer


def _of_fault(error: Exception) -> Response:
    """Say that this program failed; a row of the views that was changed is dealt with first."""
    try:
        remedy = application().view_faults.remedy(error, g.get("began", time.monotonic()))
    except StoreUnavailable as unavailable:
        return _of_ledger(unavailable)
    if remedy is not None:
        return problem_answer(ProblemFound(Kind.UNCONFIRMED))
    _log.error("An error at %s", request.endpoint, exc_info=error)
    return problem_answer(ProblemFound(Kind.BROKEN))
