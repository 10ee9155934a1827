"""Error pages: each says what happened and what to do, without a traceback.

A refusal of a working page is shown in the frame of all pages. Where something is broken or away,
and where the frame itself fails, the page stands alone: it needs no session and no database.
"""

import errno
import logging
import time
from collections.abc import Callable

from flask import Flask, Response, current_app, g, request, request_started
from flask import render_template as render_framed
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from ledger.errors import (
    BadInput,
    CommitUnconfirmed,
    EventProblemFound,
    LedgerDamaged,
    LedgerError,
    LedgerMoved,
    NotFound,
    Refused,
    StoreUnavailable,
    WrongKey,
)
from webapp.as_of import BadMoment
from webapp.current import application
from webapp.pages.being_prepared import RELOAD_SECONDS, Preparation, preparation
from webapp.pages.live import is_asked_for
from webapp.pages.moments import NoPast
from webapp.serving.current_request import request_id
from webapp.view_faults import Remedy

_RETRY_AFTER_SECONDS = 5
_READING = {"GET", "HEAD"}
_OF_READERS = "/shared/"
"""Addresses of permalinks. Their readers learn nothing of this installation from an error."""

_TITLES = {
    400: "That form could not be read",
    403: "You may not do that",
    404: "Not found",
    405: "That is not offered here",
    409: "That cannot be done now",
    410: "This link is used up",
    413: "That is too large",
    422: "That cannot be used",
    500: "Something broke here",
    503: "The ledger cannot be reached now",
}
_ADVICE = {
    400: "Go back, load the page again and send the form once more.",
    403: "Nothing was changed. Ask somebody who may do it, or ask an admin for another role.",
    404: "The address may be mistyped, or what it named was never here.",
    405: "Go back and use the buttons of the page.",
    409: "Go back, load the page again and look at how things stand now.",
    413: "Nothing was stored. A form may have 64 KB; split a file into parts of less than 32 MB.",
    422: "Nothing was changed. Go back, correct it and send it again.",
    500: "You did nothing wrong. Try again; if it happens again, give your administrator the time "
    "and the address of this page.",
    503: "Nothing is lost: what Twilio reports meanwhile is repeated or asked for. Try again in a "
    "few seconds; if it happens again, tell your administrator.",
}
_OF_FORMS = {409, 422}
"""Codes whose advice is about what was sent: not about an address that was only opened."""
_ALONE = {500, 503}
"""Codes whose page does without the frame, because what the frame reads may be what is broken."""
_REMEDIES = {
    Remedy.REBUILT: (
        "What the pages are made from was not what the events say, so it was made again just now."
    ),
    Remedy.TOLERATED: (
        "A text in the database was changed by other means and cannot be read whole. From now on "
        "the pages show the rest of it."
    ),
}
"""What the page of a form says that was not acted upon."""
_UNCONFIRMED = (
    "Go back, load the page again and look at how things stand now. A launch, a reply and a resend "
    "that are sent again from the same page are made once."
)
_WORDS_OF: dict[type[LedgerError], dict[str, str]] = {
    BadMoment: {
        "title": "That is not a moment",
        "advice": "Write another moment, or look at this page now.",
    },
    EventProblemFound: {
        "title": "An event is not as it was recorded, or cannot be read",
        "advice": "Nothing was changed. The audit trail shows which event it is. Tell your "
        "administrator, who can run `delivery-ledger verify`.",
    },
    LedgerDamaged: {
        "title": "The ledger was changed by other means",
        "advice": "`delivery-ledger verify` names what was changed.",
    },
    LedgerMoved: {
        "title": "This ledger is in another database",
        "advice": "Nothing is lost. This page works again once your administrator has restarted "
        "the program with the settings of the new place.",
    },
    NoPast: {
        "title": "This page has no past",
        "advice": "Look at it now, or go to another page for the past.",
    },
}
"""Title and advice of a refusal that its code does not explain."""

_STATUS_OF = {
    NotFound: 404,
    Refused: 409,
    EventProblemFound: 409,
    LedgerDamaged: 409,
    BadInput: 422,
    StoreUnavailable: 503,
    WrongKey: 503,
}

_log = logging.getLogger(__name__)

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG}
_NO_ROOM_WORDS = "The disk of uploaded files is full or read-only. Nothing was changed."

HandledError = AnyResponse | HTTPException


def init_errors(app: Flask, is_for_people: Callable[[], bool]) -> None:
    """Show errors as pages, for the requests of people."""

    def of_http(error: HTTPException) -> HandledError:
        code = error.code or 500
        if not is_for_people() or error.response is not None or code < 400:
            return error
        return _page(code, _words_of(error))

    def of_ledger(error: LedgerError) -> ResponseReturnValue:
        if isinstance(error, StoreUnavailable) and (answer := _answered_after_repair(error)):
            return answer
        codes = (code for kind, code in _STATUS_OF.items() if isinstance(error, kind))
        if isinstance(error, NotFound) and (prepared := _prepared()):
            return _prepared_page(prepared)
        is_unwritten = type(error) is StoreUnavailable  # of others it is not known, or not the disk
        if is_unwritten and (refusals := application().store_checks.refusals()):
            return _page(503, f"{refusals} {error}", title=_title_of_full_disk())
        return _page(next(codes, 500), str(error), **_context_of(error))

    def of_fault(error: Exception) -> ResponseReturnValue:
        answer = _answered_after_repair(error) if is_for_people() else None
        if answer is None:
            raise error
        return answer

    request_started.connect(_note_beginning, app)
    app.register_error_handler(Exception, of_fault)
    app.register_error_handler(OSError, _of_disk)
    app.register_error_handler(HTTPException, of_http)
    app.register_error_handler(LedgerError, of_ledger)


def _of_disk(error: OSError) -> HandledError:
    if error.errno not in _NO_ROOM:
        raise error
    words = application().store_checks.refusals() or _NO_ROOM_WORDS
    return _page(503, words, title=_title_of_full_disk())


def _title_of_full_disk() -> str:
    """Return what a disk that is full or read-only prevented; SQLite cannot always read then."""
    return "This page cannot be shown now" if _is_reading() else "That cannot be stored now"


def _is_reading() -> bool:
    return request.method in _READING


def _prepared() -> Preparation | None:
    """Return what the ledger knows of a page that was not found; None where that is nothing."""
    try:
        return preparation()
    except LedgerError:  # the id is that of something else, or the ledger cannot be read either
        return None


def _prepared_page(prepared: Preparation) -> Response:
    """Answer with a page that loads itself again; to what needs the rows, with 503 for now."""
    is_page = _is_reading() and not request.path.endswith(".csv")
    if not is_page or is_asked_for():
        return _page(503, prepared.words, title=prepared.title)
    response = Response(render_framed("being_prepared.html", preparation=prepared))
    if not prepared.is_over:
        response.headers["Refresh"] = str(RELOAD_SECONDS)
    return response


def _note_beginning(_app: Flask) -> None:
    g.began = time.monotonic()


def _answered_after_repair(error: Exception) -> ResponseReturnValue | None:
    """Answer once rows that made the page fail were dealt with; None where nothing was done.

    A form is not acted upon twice: its page is to be loaded again.
    """
    if "is_second_try" in g:
        return None
    try:
        remedy = application().view_faults.remedy(error, g.get("began", time.monotonic()))
    except StoreUnavailable as unavailable:
        return _page(503, str(unavailable))
    g.is_second_try = True
    if remedy and _is_reading():
        return _answered_again()
    words = _REMEDIES.get(remedy) if remedy else None
    return _page(503, words, advice=_UNCONFIRMED) if words else None


def _answered_again() -> ResponseReturnValue:
    """Answer the request once more."""
    app = current_app
    try:
        answer = app.preprocess_request()
        return app.dispatch_request() if answer is None else answer
    except Exception as error:  # noqa: BLE001 - handled as errors of the first try are
        return app.handle_user_exception(error)


def _words_of(error: HTTPException) -> str:
    """Return this program's own sentence, if any; those of the framework are not for staff."""
    if isinstance(error, CSRFError):
        return "The form is too old, or it was not sent from a page of this ledger."
    is_standard = error.description == type(error).description
    return "" if is_standard else error.description or ""


def _context_of(error: LedgerError) -> dict[str, str]:
    """Return title and advice where the code alone would not say them, and the bar's error."""
    if isinstance(error, CommitUnconfirmed):
        return {"advice": _UNCONFIRMED}
    words = next((words for kind, words in _WORDS_OF.items() if isinstance(error, kind)), {})
    return {**words, "time_error": str(error)} if isinstance(error, BadMoment) else {**words}


def _page(code: int, words: str, **more: str) -> Response:
    context = {
        "title": _TITLES.get(code, "That did not work"),
        "advice": "" if code in _OF_FORMS and _is_reading() else _ADVICE.get(code, ""),
        "code": code,
        "words": words,
        "request_id": request_id(),
        "root": request.script_root,
        **more,
    }
    if request.path.startswith(_OF_READERS):
        html = _alone(context, "permalinks/error.html")
    else:
        html = _alone(context) if code in _ALONE else _framed(context)
    response = Response(html, code)
    if code == 503:
        response.headers["Retry-After"] = str(_RETRY_AFTER_SECONDS)
    return response


def _framed(context: dict[str, object]) -> str:
    """Render the page in the frame, which reads session, accounts and views; alone if it fails."""
    try:
        return render_framed("error.html", **context)
    except StoreUnavailable:
        return _alone(context)
    except Exception:  # noqa: BLE001 - whatever it is, the refusal has its page
        _log.exception("The frame of an error page failed at %s", request.endpoint)
        return _alone(context)


def _alone(context: dict[str, object], template: str = "error_alone.html") -> str:
    """Render the page from its context alone: no context processor is called."""
    return current_app.jinja_env.get_template(template).render(context)
